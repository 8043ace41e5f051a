#!/usr/bin/env perl

# Putting a block into a page that streams by.
#
# The same page from the same upstream through one nginx process, pinned to a
# core, in different locations: as it is (plain), only made chunked (chunked),
# and with the same bytes put at the same place by sub_filter, by Lua, by njs
# and by us. CPU of that process alone, per request.
#
# What is to be compared is what is done to the page, so nginx moves it as
# cheaply as it can, in every location alike: from a unix socket, in buffers of
# 64 KB, with a malloc() that keeps what it has (else glibc gives the buffers of
# each big page back and gets them again, which costs several times what any
# filter does, or nothing, as it happens). wrk and the upstream share the core:
# to wake another one is a call of the hypervisor, which is billed to nginx.
# --plain-settings leaves all that as nginx has it, TCP and buffers of 4 KB, and
# wrk and the upstream on the other core.
#
#   dense-*, shop-*, woo-262k   before </body>, and ("class" in the case's name)
#                               before a <div class="order-end"> near the end;
#                               sub_filter is that of '</body>' for both, and
#                               sub_filter-class looks for the class's tag
#   head-64k                    near the top: prepend body, sub_filter </head>
#   tokenizer-*                 the tokenizer alone: instructions per byte by
#                               callgrind, in pieces of 8 KB

use strict;
use warnings;
use v5.30;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../t/lib";

use Bench;
use OrderSave::Nginx;
use Pages;

my %size = ('8k' => 8192, '64k' => 65536, '512k' => 524288, '262k' => 262144);
my @all = qw(dense-8k dense-64k dense-512k shop-8k shop-64k shop-512k woo-262k head-64k);
my @tokenizer = qw(tokenizer-dense tokenizer-shop);
my ($quick, $only, $plain_settings) = {words('splice', [@all, @tokenizer], 'plain-settings')}->@{qw(quick case plain-settings)};

my $rounds = $quick ? 3 : 5;
# to send so much costs more than to read it, and not the same twice
my %rounds = $quick ? () : map { $_ => 9 } qw(dense-512k shop-512k woo-262k);
my @rows;

# what the bars are, as ratios
my %bar = (
    'dense-64k sub_filter' => 1.6, 'shop-64k sub_filter' => 2.0,
    'dense-512k sub_filter' => 1.6, 'shop-512k sub_filter' => 2.2,
    'woo-262k sub_filter' => 2.0, 'dense-64k chunked' => 1 / 1.8,
    'shop-64k chunked' => 1 / 1.45, 'dense-8k chunked' => 1 / 1.25,
    'shop-8k chunked' => 1 / 1.25, 'head-64k sub_filter' => 1 / 1.1,
);

my @chosen = $only ? $only : (@tokenizer, $quick ? qw(dense-64k shop-64k woo-262k head-64k) : @all);
my @cases = grep { !/^tokenizer/ } @chosen;

tokenizer(map { /^tokenizer-(.*)/ } @chosen);
pages() if @cases;
write_results('splice', $rounds, @rows);
for my $row (@rows) {
    my $bar = $bar{$row->{case} =~ s/-class$//r . " $row->{peer}"} // next;
    printf "%-16s %-12s ratio %.2f, bar %.2f: %s\n", $row->{case}, $row->{peer}, $row->{ratio}, $bar,
        $row->{ratio} >= $bar ? 'reached' : 'MISSED';
}

sub pages {
    my $t = OrderSave::Nginx->new;
    my $block = '<div id="ours"><p>' . 'a panel ' x 120 . '</p></div>';
    mkdir $t->path($_) for 'templates', 'html';
    $t->write('templates/block_one.html.mustache', $block);
    for my $case (@cases) {
        my ($kind, $size) = $case =~ /^(\w+)-(\w+)$/;
        $t->write("html/$case.html", page($kind eq 'head' ? 'dense' : $kind, $size{$size}));
    }

    # a trivial store: an nginx of its own
    my $store = OrderSave::Nginx::free_port();
    my $core = $plain_settings ? '10' : '01';
    $Bench::wrk_core = $plain_settings ? 1 : 0;
    $t->write('store.conf', <<EOT);
worker_processes 1; worker_cpu_affinity $core; pid $t->{dir}/store.pid; error_log $t->{dir}/logs/store.log; events { }
http { access_log off; keepalive_requests 1000000000; sendfile on; types { text/html html; } default_type text/html;
    open_file_cache max=100; client_body_temp_path $t->{dir}/tmp/a; proxy_temp_path $t->{dir}/tmp/b;
    fastcgi_temp_path $t->{dir}/tmp/c; uwsgi_temp_path $t->{dir}/tmp/d; scgi_temp_path $t->{dir}/tmp/e;
    server { listen 127.0.0.1:$store; listen unix:$t->{dir}/store.sock;
        root $t->{dir}/html; charset utf-8; etag off; } }
EOT
    $t->spawn('store', 'nginx', '-c', $t->path('store.conf'), '-g', 'daemon off;');
    $t->{upstream_port} = $store;

    my $proxy = 'proxy_pass http://store/; proxy_http_version 1.1; proxy_set_header Connection "";';
    $proxy .= ' proxy_buffer_size 64k; proxy_buffers 16 64k; proxy_max_temp_file_size 0;' unless $plain_settings;
    $t->write('block.html', $block);
    $t->write('splice.js', <<'EOT' =~ s/BLOCK/$t->path('block.html')/er);
import fs from 'fs';
const block = fs.readFileSync('BLOCK').toString();
function length(r) { delete r.headersOut['Content-Length']; }
function before(needle) {
    return function (r, data, flags) {
        const at = data.indexOf(needle);
        if (at == -1) { r.sendBuffer(data, flags); return; }
        r.sendBuffer(data.slice(0, at) + block + data.slice(at), flags);
        r.done();
    };
}
const body = before('</body>'), order_end = before('<div class="order-end">');
export default {length, body, order_end};
EOT
    my $lua_find = sub {
        my ($needle) = @_;
        return <<EOT;
            header_filter_by_lua_block { ngx.header.content_length = nil }
            body_filter_by_lua_block {
                local chunk = ngx.arg[1]
                if ngx.ctx.done or chunk == "" then return end
                local at = string.find(chunk, '$needle', 1, true)
                if at then
                    ngx.ctx.done = true
                    ngx.arg[1] = string.sub(chunk, 1, at - 1) .. block .. string.sub(chunk, at)
                end
            }
EOT
    };
    my $end = '<div class="order-end">';
    my $conf = <<EOT;
        access_log off; keepalive_requests 1000000000;
        location /plain/ { $proxy }
        location /chunked/ { $proxy header_filter_by_lua_block { ngx.header.content_length = nil } }
        location /ours/ { $proxy ordersave_insert one append body; }
        location /ours-class/ { $proxy ordersave_insert one before .order-end; }
        location /ours-head/ { $proxy ordersave_insert one prepend body; }
        location /sub_filter/ { $proxy sub_filter '</body>' '$block</body>'; }
        location /sub_filter-class/ { $proxy sub_filter '$end' '$block$end'; }
        location /sub_filter-head/ { $proxy sub_filter '</head>' '$block</head>'; }
        location /lua/ { $proxy @{[$lua_find->('</body>')]} }
        location /lua-class/ { $proxy @{[$lua_find->($end)]} }
        location /njs/ { $proxy js_header_filter splice.length; js_body_filter splice.body; }
        location /njs-class/ { $proxy js_header_filter splice.length; js_body_filter splice.order_end; }
EOT
    my @modules = map { "load_module /usr/lib/nginx/modules/$_;" }
        qw(ndk_http_module.so ngx_http_lua_module.so ngx_http_js_module.so);
    $t->{port} = OrderSave::Nginx::free_port();
    my $text = $t->config(main => join("\n", @modules, 'worker_cpu_affinity 01;'), log_level => 'warn', redis => ' ',
        server => $conf, http => "init_by_lua_block { block = [[$block]] } js_path $t->{dir}/; js_import splice from splice.js;");
    $text =~ s/upstream store \{ (.*?) \}/upstream store { $1 keepalive 64; }/;
    $text =~ s/server 127.0.0.1:$store;/server unix:$t->{dir}\/store.sock;/ unless $plain_settings;
    local @ENV{qw(MALLOC_TRIM_THRESHOLD_ MALLOC_TOP_PAD_ MALLOC_MMAP_THRESHOLD_)} = (1 << 30, 1 << 26, 1 << 30)
        unless $plain_settings;
    $t->write('nginx.conf', $text);
    my ($ok, $said) = $t->nginx_test;
    die $said unless $ok;
    $t->spawn('nginx', 'nginx', '-p', $t->{dir}, '-c', $t->path('nginx.conf'), '-g', 'daemon off;');
    $t->wait_for('nginx', sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port}) });

    for my $case (@cases) {
        my $page = $t->read("html/$case.html");
        printf "%s: %d bytes, %.0f a tag\n", $case, length $page, tags($page);
        my %pairs = $case =~ /^head/ ? ('ours-head' => ['chunked', 'sub_filter-head', 'plain'])
            : ('ours' => ['plain', 'chunked', 'sub_filter', $quick ? () : ('lua', 'njs')],
               'ours-class' => ['plain', 'chunked', 'sub_filter', 'sub_filter-class',
                                $quick ? () : ('lua-class', 'njs-class')]);

        # the same bytes first
        for my $ours (sort keys %pairs) {
            my $mine = $t->get("/$ours/$case.html")->{body};
            my $want = $page;
            $want =~ s/(?=<\/body>)/$block/ if $ours eq 'ours';
            $want =~ s/(?=\Q$end\E)/$block/ if $ours eq 'ours-class';
            $want =~ s/(?<=<body class="shop">)/$block/ if $ours eq 'ours-head';
            die "$case: ours is wrong\n" unless $mine eq $want;
            for my $peer (grep { !/plain|chunked|head/ && /-class$/ eq ($ours =~ /-class$/) } @{$pairs{$ours}}) {
                die "$case: $peer gives other bytes\n" unless $t->get("/$peer/$case.html")->{body} eq $want;
            }
        }

        my %cpu;
        my @who = sort { $a cmp $b } keys %{{map { $_ => 1 } keys %pairs, map { @$_ } values %pairs}};
        for my $round (1 .. $rounds{$case} // $rounds) {
            my $process = new_process($t);
            wrk("http://127.0.0.1:$t->{port}/plain/$case.html", 1);
            for my $who ($round % 2 ? reverse @who : @who) {
                my $before = cpu_seconds($process);
                my ($n, $s, $bad) = wrk("http://127.0.0.1:$t->{port}/$who/$case.html", $quick ? 1 : 2);
                die "$bad bad answers from $who\n" if $bad;
                push @{$cpu{$who}}, (cpu_seconds($process) - $before) / $n * 1e6;
            }
        }
        for my $ours (sort keys %pairs) {
            for my $peer (@{$pairs{$ours}}) {
                push @rows, {case => $case . ($ours =~ s/^ours(-head)?//r), peer => $peer =~ s/-(head|class)$//r
                    . ($peer eq 'sub_filter-class' ? '-class' : ''), metric => 'cpu_us_per_request',
                    compare($cpu{$ours}, $cpu{$peer})};
            }
        }
    }
    $t->kill_now('nginx', 'QUIT');
    $t->kill_now('store');
}

# How a process' memory comes to lie in the caches is luck that lasts as long as
# the process, and worth several per cent: each round has another.
sub new_process {
    my ($t) = @_;
    my ($old) = children($t->{pids}{nginx});
    kill 'HUP', $t->{pids}{nginx};
    my @now;
    $t->wait_for('another process', sub { @now = children($t->{pids}{nginx}); @now == 1 && $now[0] != $old })
        or die "nginx did not reload\n";
    return $now[0];
}

sub tokenizer {
    my @kinds = @_ or return;
    my $build = "$FindBin::Bin/../build/bench";
    my $root = "$FindBin::Bin/..";
    system 'mkdir', '-p', $build;
    system('cc', '-std=gnu11', '-O2', "-I$root", '-o', "$build/tokenizer", "$FindBin::Bin/tokenizer.c",
        (map { "$root/core/$_.c" } qw(html/os_html html/os_tree html/os_element html/os_anchor base/os_buf base/os_str))) == 0 or die "no tokenizer\n";
    for my $kind (@kinds) {
        my $page = page($kind, 65536);
        open my $fh, '>', "$build/$kind.html" or die $!;
        print $fh $page;
        close $fh;
        my @anchor = qw(append body);
        my %count;
        for my $n (1, 11) {
            my $out = `valgrind --tool=callgrind --callgrind-out-file=/dev/null $build/tokenizer $build/$kind.html $n 8192 @anchor 2>&1`;
            ($count{$n}) = $out =~ /Collected : (\d+)/ or die "callgrind said: $out";
        }
        my $per = ($count{11} - $count{1}) / 10 / length $page;
        my ($speed) = `taskset -c 0 $build/tokenizer $build/$kind.html 5000 8192 @anchor` =~ /([\d.]+) GB/;
        printf "tokenizer-%s: %.2f instructions a byte, %.2f GB/s, %.0f bytes a tag\n", $kind, $per, $speed, tags($page);
        push @rows, {case => "tokenizer-$kind", peer => 'bar', metric => 'instructions_per_byte',
            ours => $per, theirs => $kind eq 'dense' ? 2.5 : 0.8};
    }
}
