#!/usr/bin/env perl

# Webhooks: the signature over the raw bytes is checked, the body goes into a
# stream of Redis, then 202. The peer is lua-nginx-module: the same signature
# by HMAC() of libcrypto over ffi, one XADD over a cosocket. Both have nginx' buffer
# of 256 KB; what is longer is in a file.
#
#   2k, 200k, 4m    webhooks a second, and CPU of the nginx process for each
#   turn            the longest turn of the event loop while one of 4 MB is
#                   taken: what somebody else waits who asks for an empty
#                   answer, over and over
#   memory          kB that the nginx process grows by for one of 4 MB

use strict;
use warnings;
use v5.30;

use FindBin;
use lib $FindBin::Bin, "$FindBin::Bin/../t/lib";

use Bench;
use Digest::SHA qw(hmac_sha256_hex);
use IO::Socket::INET;
use OrderSave::Nginx;
use Time::HiRes qw(time sleep);

my @cases = qw(2k 200k 4m turn memory);
my %o = words('ingest', \@cases);
my $rounds  = $o{quick} ? 3 : 9;
my $seconds = $o{quick} ? 2 : 4;
my %size = ('2k' => 2000, '200k' => 200_000, '4m' => 4 << 20);
my $secret = 's3cret of the shop';

my $t = OrderSave::Nginx->new;
$t->write('secret', "$secret\n");
my $socket = $t->path('redis.sock');
$t->start_redis(args => ['--unixsocket', $socket, '--unixsocketperm', '777']);
system "taskset -apc 1 $t->{pids}{redis} >/dev/null";

# a store's order, with as many lines as make it that long
sub body {
    my ($size) = @_;
    my $line = '{"id":1,"name":"A mug, blue","quantity":2,"total":"19.90","meta":{"note":"\u00e9 \"quoted\""}}';
    my $n = int(($size - 60) / (1 + length $line));
    my $body = '{"id":4711,"items":[' . join(',', ($line) x ($n > 0 ? $n : 1)) . '],"note":"';
    return $body . 'x' x ($size - length($body) - 2) . '"}';
}

my %body = map { $_ => body($size{$_}) } keys %size;
my $key = $t->shard_key(0, 'in');
my $lua = <<EOT;
        location = /lua {
            client_max_body_size 16m; client_body_buffer_size 256k;
            content_by_lua_block {
                ngx.req.read_body()
                local body = ngx.req.get_body_data()
                if not body then
                    local f = io.open(ngx.req.get_body_file(), "rb")
                    body = f:read("*a")
                    f:close()
                end
                if hmac(body) ~= string.sub(ngx.var.http_x_ordersave_signature, 8) then
                    return ngx.exit(401)
                end
                local sock = ngx.socket.tcp()
                if not sock:connect("unix:$socket") then return ngx.exit(503) end
                sock:send({xadd, "\$", #body, "\\r\\n", body, "\\r\\n"})
                local kind = sock:receive("*l")
                sock:receive(tonumber(string.sub(kind, 2)) + 2)
                sock:setkeepalive(60000, 64)
                ngx.status = 202
                ngx.print("taken\\n")
            }
        }
EOT
my @words = ('XADD', $key, '*', qw(store shop source generic id), 'A' x 22, qw(topic order at_ms 1795297000000 body));
my $xadd = '*' . (@words + 1) . '\r\n' . join '', map { '$' . length($_) . "\\r\\n$_\\r\\n" } @words;
my $init = <<EOT;
    lua_socket_log_errors off;
    init_by_lua_block {
        local ffi = require "ffi"
        ffi.cdef "const void *EVP_sha256(void); unsigned char *HMAC(const void *, const void *, int, const char *, size_t, unsigned char *, unsigned *);"
        local c = ffi.load("libcrypto.so.3")
        local sha256, out, len = c.EVP_sha256(), ffi.new("unsigned char[64]"), ffi.new("unsigned[1]")
        local hex = {}
        for i = 0, 255 do hex[i] = string.format("%02x", i) end
        function hmac(body)
            c.HMAC(sha256, "$secret", @{[length $secret]}, body, #body, out, len)
            local text = {}
            for i = 0, 31 do text[i + 1] = hex[out[i]] end
            return table.concat(text)
        end
        xadd = "$xadd"
    }
EOT
my %conf = (main => join("\n", map({ "load_module /usr/lib/nginx/modules/$_;" } qw(ndk_http_module.so ngx_http_lua_module.so)), 'worker_cpu_affinity 01;'),
    log_level => 'warn', redis => "ordersave_redis unix:$socket;", http => $init, server => <<EOT);
        access_log off; keepalive_requests 1000000000;
        location = /ours { client_max_body_size 16m; ordersave_ingest generic secret_file=$t->{dir}/secret; }
        location = /empty { return 204; }
$lua
EOT
$t->start_nginx(%conf);
my ($process) = children($t->{pids}{nginx});

sub lines { return ('X-Ordersave-Topic: order', 'Content-Type: application/json', 'X-Ordersave-Signature: sha256=' . hmac_sha256_hex($_[0], $secret)) }

# both take the same, and refuse the same
for my $path ('/ours', '/lua') {
    for my $case (sort keys %size) {
        my $answer = $t->http('POST', $path, bare => 1, body => $body{$case}, headers => [lines($body{$case})]);
        die "$path, $case: $answer->{raw}" unless $answer->{status} == 202;
        my ($in) = map { my $all = $t->redis('XREVRANGE', $t->shard_key($_, 'in'), '+', '-', 'COUNT', 1); map { {@{$_->[1]}} } @$all } 0 .. 15;
        die "$path, $case: other bytes\n" unless $in->{body} eq $body{$case};
        die "$path, $case: a wrong signature is taken\n"
            unless $t->http('POST', $path, bare => 1, body => $body{$case}, headers => [lines("$body{$case} ")])->{status} == 401;
        forget();
    }
}

sub forget { $t->redis('DEL', $t->shard_key($_, 'in')) for 0 .. 15 }

# a child that keeps Redis from filling up
sub sweeper {
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    while (1) { for (0 .. 15) { $t->redis('XTRIM', $t->shard_key($_, 'in'), 'MAXLEN', 1) } sleep 0.05 }
}

sub load {
    my ($who, $case) = @_;
    my $file = $t->write('post.lua', "wrk.method = 'POST'\nlocal f = io.open('$t->{dir}/body', 'rb'); wrk.body = f:read('*a'); f:close()\n"
        . join '', map { /^(.*?): (.*)/ ? "wrk.headers['$1'] = '$2'\n" : () } lines($body{$case}));
    $t->write('body', $body{$case});
    my $before = cpu_seconds($process);
    my ($n, $s, $bad) = wrk("http://127.0.0.1:$t->{port}/$who", $seconds, '-s', $file, $case eq '4m' ? ('-c', 4) : ());
    die "$who, $case: $bad were refused\n" if $bad;
    die "$who, $case: none was taken\n" unless $n;
    return ($n / $s, (cpu_seconds($process) - $before) / $n * 1e6);
}

my @rows;
for my $case (grep { $size{$_} and !$o{case} || $o{case} eq $_ } @cases) {
    my $pid = sweeper();
    my (%rate, %cpu);
    for my $round (1 .. $rounds) {
        for my $who ($round % 2 ? qw(lua ours) : qw(ours lua)) {
            my ($rate, $cpu) = load($who, $case);
            push @{$rate{$who}}, $rate;
            push @{$cpu{$who}}, $cpu;
        }
    }
    kill 'KILL', $pid;
    waitpid $pid, 0;
    forget();
    my %per_s = compare($rate{ours}, $rate{lua});
    push @rows, {case => $case, peer => 'lua', metric => 'webhooks_per_s', %per_s, ratio => 1 / $per_s{ratio}};
    push @rows, {case => $case, peer => 'lua', metric => 'cpu_us_per_webhook', compare($cpu{ours}, $cpu{lua})};
}

# The longest that another client waits, in ms, who asks all the time. Whatever
# else runs on the machine makes everybody wait now and then: the rounds' median
# is told, and their least, and both for nobody at all, where he but asks.
sub turn {
    my ($who) = @_;
    my $asker = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port}) or die "connect: $!";
    my $longest = 0;
    my $ask = sub {
        my $from = time;
        syswrite $asker, "GET /empty HTTP/1.1\r\nHost: localhost\r\n\r\n";
        my $text = '';
        sysread $asker, $text, 4096, length $text while $text !~ /\r\n\r\n/;
        my $ms = (time - $from) * 1000;
        $longest = $ms if $ms > $longest;
    };
    $ask->() for 1 .. 50;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        system "chrt -o -p 0 $$";
        if ($who eq 'nobody') { sleep 0.02; POSIX::_exit(0) }
        my $ok = $t->http('POST', "/$who", bare => 1, body => $body{'4m'}, headers => [lines($body{'4m'})])->{status} == 202;
        POSIX::_exit($ok ? 0 : 1);
    }
    $longest = 0;
    $ask->() until waitpid $pid, 1;
    die "$who: not taken\n" if $?;
    forget();
    return $longest;
}

if (!$o{case} or $o{case} eq 'turn') {
    my %ms;
    # the event loop and who asks go before all others, where root may say so,
    # and nginx' threads may go to another core
    system "taskset -apc 0-1 $process >/dev/null; chrt -f -p 10 $process; chrt -f -p 10 $$";
    for my $round (1 .. 10 * $rounds) { push @{$ms{$_}}, turn($_) for qw(ours lua nobody) }
    my %least = map { $_ => (sort { $a <=> $b } @{$ms{$_}})[0] } keys %ms;
    push @rows, {case => 'turn', peer => 'lua', metric => 'longest_turn_ms', ours => median(@{$ms{ours}}), theirs => median(@{$ms{lua}})};
    push @rows, {case => 'turn', peer => 'lua', metric => 'least_longest_turn_ms', ours => $least{ours}, theirs => $least{lua}};
    push @rows, {case => 'turn', peer => 'nobody', metric => 'longest_turn_ms', ours => median(@{$ms{ours}}), theirs => median(@{$ms{nobody}})};
}

# what the process grows by, at its highest
sub grown {
    my ($who) = @_;
    $t->http('POST', "/$who", bare => 1, body => $body{'2k'}, headers => [lines($body{'2k'})]) for 1 .. 3;
    my $kb = sub { `cat /proc/$process/status` =~ /^$_[0]:\s+(\d+)/m ? $1 : die };
    open my $clear, '>', "/proc/$process/clear_refs" or die "clear_refs: $!";
    syswrite $clear, "5\n";
    close $clear;
    my $before = $kb->('VmRSS');
    $t->http('POST', "/$who", bare => 1, body => $body{'4m'}, headers => [lines($body{'4m'})])->{status} == 202 or die "$who: not taken\n";
    forget();
    return $kb->('VmHWM') - $before || 1;
}

if (!$o{case} or $o{case} eq 'memory') {
    my %grown;
    for my $round (1 .. $rounds) {
        for my $who (qw(ours lua)) {
            $t->kill_now('nginx', 'QUIT');
            $t->start_nginx(%conf);
            ($process) = children($t->{pids}{nginx});
            push @{$grown{$who}}, grown($who);
        }
    }
    push @rows, {case => 'memory', peer => 'lua', metric => 'kb_more', ours => median(@{$grown{ours}}), theirs => median(@{$grown{lua}})};
}

write_results('ingest', $rounds, @rows);
$t->kill_now('nginx', 'QUIT');
