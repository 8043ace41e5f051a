#!/usr/bin/env perl

# Does anybody wait for the panel? A store that answers a page in 20 ms, few
# connections, rounds in pairs: the location with the panel, and the same page
# without it. What counts is the difference of their medians in each pair.
#
# And what does it cost? The same page from a store that answers at once. The
# peer is Lua (panel.lua): one GET over a cosocket, the same panel rendered from
# what it gave but for the token that is in it, and string.find.
#
#   nowait      ms of p50, with and without; ratio = without / with
#   panel-64k   CPU of nginx a request, ours and Lua

use strict;
use warnings;
use v5.30;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../t/lib";

use Bench;
use OrderSave::Nginx;
use Time::HiRes qw(sleep);

my $quick = {words('panel', [])}->{quick};

my $rounds  = $quick ? 4 : 12;
my $seconds = $quick ? 2 : 5;

my $t = OrderSave::Nginx->new;
my $socket = $t->path('redis.sock');
$t->start_redis(args => ['--unixsocket', $socket, '--unixsocketperm', '777']);
my %track = (milestone => 'in_transit', at => {confirmed => time - 90000, shipped => time - 80000, in_transit => time - 70000},
    parcels => [{number => 'JD014600284129', carrier => 'dhl', milestone => 'in_transit', at => {shipped => time - 80000}, scan => time - 600,
        log => [map { {at => time - 4000 * $_, milestone => 'in_transit', text => 'Arrived at the sorting centre', place => 'Leipzig'} } 1 .. 10]}]);
$t->order(19, track => \%track, items => [map { {id => "$_", name => "Product $_", quantity => 1, total => 1000, image => "/$_.svg", url => "/$_/"} } 1, 2]);

# the store: nginx and Lua, which sleeps without holding anything up
my $store = OrderSave::Nginx::free_port();
my $page = '<!DOCTYPE html><html><head><title>Order</title></head><body><main><p class="order-info">Order</p>'
    . '<p class="text">' . ('Words of the shop, and <b>some</b> of them bold. ' x 1200) . '</p></main></body></html>';
$t->write('page.html', $page);
$t->write('store.conf', <<EOT);
load_module /usr/lib/nginx/modules/ndk_http_module.so;
load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
worker_processes 1; worker_cpu_affinity 10; pid $t->{dir}/store.pid; error_log $t->{dir}/logs/store.log; events { }
http { access_log off; keepalive_requests 1000000000;
    client_body_temp_path $t->{dir}/tmp/a; proxy_temp_path $t->{dir}/tmp/b; fastcgi_temp_path $t->{dir}/tmp/c;
    uwsgi_temp_path $t->{dir}/tmp/d; scgi_temp_path $t->{dir}/tmp/e;
    init_by_lua_block { local f = io.open("$t->{dir}/page.html"); page = f:read("*a"); f:close() }
    server { listen 127.0.0.1:$store; location / { default_type text/html;
        content_by_lua_block { ngx.sleep(0.02) ngx.header["Content-Length"] = #page ngx.print(page) } }
    location /quick/ { default_type text/html;
        content_by_lua_block { ngx.header["Content-Length"] = #page ngx.print(page) } } } }
EOT
$t->spawn('store', 'nginx', '-c', $t->path('store.conf'), '-g', 'daemon off;');
$t->{upstream_port} = $store;
my $pass = 'proxy_pass http://store; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffers 16 16k; proxy_buffer_size 16k;';
my $anchor = '<p class="order-info">Order</p>';
my $order_key = $t->order_key(19);
my $lua = <<EOT;
        access_by_lua_block {
            local sock = ngx.socket.tcp()
            if not sock:connect("unix:$socket") then return ngx.exit(500) end
            sock:send("*2\\r\\n\$3\\r\\nGET\\r\\n\$@{[length $order_key]}\\r\\n$order_key\\r\\n")
            local head = sock:receive("*l")
            local record = sock:receive(tonumber(string.sub(head, 2)) + 2)
            sock:setkeepalive(60000, 64)
            local ready = package.loaded.ready
            if not ready then
                ready = {}
                for i, name in ipairs {"head", "tail"} do
                    local f = io.open("$t->{dir}/" .. name); ready[i] = f:read("*a"); f:close()
                end
                package.loaded.ready = ready
            end
            ngx.ctx.panel = require "panel".render(record, ngx.var.arg_key, ready[1], ready[2])
        }
        header_filter_by_lua_block { ngx.header.content_length = nil }
        body_filter_by_lua_block {
            local chunk = ngx.arg[1]
            if not ngx.ctx.panel or chunk == "" then return end
            local _, at = string.find(chunk, '$anchor', 1, true)
            if at then
                ngx.arg[1] = string.sub(chunk, 1, at) .. ngx.ctx.panel .. string.sub(chunk, at + 1)
                ngx.ctx.panel = nil
            end
        }
EOT
my $lua_modules = join "\n", map { "load_module /usr/lib/nginx/modules/$_;" } qw(ndk_http_module.so ngx_http_lua_module.so);
$t->start_nginx(main => "$lua_modules\nworker_cpu_affinity 01;", log_level => 'warn', redis => "ordersave_redis unix:$socket;",
    http => "upstream kept { server 127.0.0.1:$store; keepalive 32; }
        lua_package_path '$FindBin::Bin/?.lua;;'; lua_package_cpath '/usr/lib/x86_64-linux-gnu/lua/5.1/?.so;;';", server => <<"EOT" =~ s{http://store}{http://kept}gr);
        access_log off; keepalive_requests 1000000000;
        location /ordersave/ { ordersave_api on; }
        location /with/ { ordersave_track on; ordersave_order_id \$arg_id; ordersave_proof \$arg_key; ordersave_anchor after .order-info; $pass }
        location /without/ { $pass }
        location /quick/with/ { ordersave_track on; ordersave_order_id \$arg_id; ordersave_proof \$arg_key; ordersave_anchor after .order-info; $pass }
        location /quick/lua/ { $lua $pass }
EOT

my %uri = (with => '/with/?id=19&key=wc_order_19', without => '/without/?id=19&key=wc_order_19');
die "no panel in the page\n" unless $t->get($uri{with})->{body} =~ /JD014600284129.*Words of the shop/s;
die "the page differs\n" unless $t->get($uri{without})->{body} eq $page;

# p50 and p99 in ms, and the load on nginx' core
sub measure {
    my ($uri, $s) = @_;
    my ($process) = children($t->{pids}{nginx});
    my $before = cpu_seconds($process);
    open my $out, '-|', 'taskset', '-c', '1', 'wrk', '-t', 1, '-c', 8, '-d', "${s}s", '--latency', "http://127.0.0.1:$t->{port}$uri"
        or die "wrk: $!";
    my $text = do { local $/; <$out> };
    close $out;
    my $ms = sub { my ($n, $unit) = $text =~ /^\s+$_[0]%\s+([\d.]+)(us|ms|s)/m or die "wrk said: $text"; $n * {us => 0.001, ms => 1, s => 1000}->{$unit} };
    die "bad answers\n$text" if $text =~ /Non-2xx|Socket errors/;
    return ($ms->(50), $ms->(99), (cpu_seconds($process) - $before) / $s);
}

# CPU a request, of ours and of Lua
sub cost {
    my %uri = map { $_ => "/quick/$_/?id=19&key=wc_order_19" } qw(with lua);
    my $mine;
    $t->wait_for('a panel', sub { ($mine = $t->get($uri{with})->{body}) =~ /<h2 / });
    my ($before, $after) = split /(?<=\Q$anchor\E)/, $page;
    my ($panel) = $mine =~ /\A\Q$before\E(.+)\Q$after\E\z/s or die "no panel in the page\n";
    my ($head, $tail) = $panel =~ /\A(.*?)(?=<h2 ).*<\/section>(.*)\z/s or die "a panel of another kind\n";
    $t->write('head', $head);
    $t->write('tail', $tail);
    die "the peer gives other bytes\n" unless $t->get($uri{lua})->{body} eq $before . $panel . $after;
    printf "a panel of %d bytes in a page of %d\n", length $panel, length $page;
    my ($process) = children($t->{pids}{nginx});
    my %cpu;
    for my $round (0 .. ($quick ? 3 : 5)) {
        for my $who ($round % 2 ? qw(lua with) : qw(with lua)) {
            my $since = cpu_seconds($process);
            my ($n, $s, $bad) = wrk("http://127.0.0.1:$t->{port}$uri{$who}", $round ? 2 : 1);
            die "$bad bad answers from $who\n" if $bad;
            push @{$cpu{$who}}, (cpu_seconds($process) - $since) / $n * 1e6 if $round;
        }
    }
    return {case => 'panel-64k', peer => 'lua', metric => 'cpu_us_per_request',
        compare($cpu{with}, $cpu{lua})};
}

my (%p50, %p99, @difference, $load);
measure($uri{$_}, 1) for qw(with without);
for my $round (1 .. $rounds) {
    my %now;
    for my $who ($round % 2 ? qw(with without) : qw(without with)) {
        my ($p50, $p99, $busy) = measure($uri{$who}, $seconds);
        $now{$who} = $p50;
        push @{$p50{$who}}, $p50;
        push @{$p99{$who}}, $p99;
        $load = $busy if $who eq 'with' && $busy > ($load // 0);
    }
    push @difference, $now{with} - $now{without};
    printf "pair %2d: p50 with %.3f ms, without %.3f ms, difference %+.3f ms\n", $round, @now{qw(with without)}, $difference[-1];
}
printf "median difference of p50: %+.3f ms; p99 with %.2f ms, without %.2f ms; nginx busy for %.0f %% of its core\n",
    median(@difference), median(@{$p99{with}}), median(@{$p99{without}}), 100 * $load;
my @rows = ({case => 'nowait', peer => 'without', metric => 'ms_p50',
    ours => median(@{$p50{with}}), theirs => median(@{$p50{without}})}, cost());
write_results('panel', $rounds, @rows);
$t->kill_now('nginx', 'QUIT');
$t->kill_now($_) for 'store', 'redis';
