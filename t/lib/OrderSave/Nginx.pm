package OrderSave::Nginx;

# A real nginx with the module, a real Redis and an upstream that remembers
# the bytes it was sent, on free ports of 127.0.0.1. Everything a test starts
# is stopped by its PID, and the logs are searched for what must not be there.

use strict;
use warnings;
use v5.30;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use Digest::SHA qw(hmac_sha256);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP;
use MIME::Base64 qw(encode_base64url decode_base64url);
use OrderSave::Patience;
use OrderSave::Ports qw(free_port);
use POSIX qw(:sys_wait_h _exit);
use Socket qw(MSG_PEEK);
use Test::More;
use Time::HiRes qw(sleep time);

our $ROOT = abs_path(dirname(__FILE__) . '/../../..');
our $KEY  = 'test-key-of-at-least-thirty-two-bytes-0001';

my $json = JSON::PP->new->canonical->utf8;

sub new {
    my ($class, %o) = @_;
    my $dir = tempdir('ordersave-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    chmod 0755, $dir;
    my $self = bless {
        dir => $dir, pids => {}, owner => $$, store => 'shop',
        module => $ENV{ORDERSAVE_MODULE}
            // "$ROOT/build/nginx/ngx_http_ordersave_module.so",
        nginx => $ENV{ORDERSAVE_NGINX} // 'nginx',
        share => $ENV{ORDERSAVE_SHARE} // "$ROOT/campaign", allow => [], %o,
    }, $class;
    make_path("$dir/logs", "$dir/tmp");
    $self->write('keys', "k1:$KEY\n");
    $self->write('campaign.json', $json->encode($self->campaign(%{$o{campaign} // {}})))
        unless $o{no_campaign};
    return $self;
}

# The campaign most tests use: what is given replaces whole members.
sub campaign {
    my ($self, %over) = @_;
    return {
        store => $self->{store}, revision => 1, site => 'http://127.0.0.1',
        brand => {name => 'Test Shop'},
        contacts => [{kind => 'email', value => 'help@shop.test'}],
        locales => [qw(en fr)], country_locales => {FR => 'fr'},
        eligible => {status => ['pending', 'processing']},
        offers => [
            {id => 'ten', reasons => ['costs', 'better_price'],
             give => {discount => {percent => '10'}}},
            {id => 'ship', reasons => ['costs'], give => {free_shipping => {}}},
            {id => 'size', reasons => ['changed_mind'], give => {request => {}}},
            {id => 'policy', reasons => ['return_policy'],
             give => {link => {url => '/returns'}}},
        ],
        %over,
    };
}

sub dir { $_[0]{dir} }

sub path { "$_[0]{dir}/$_[1]" }

sub write {
    my ($self, $name, $text) = @_;
    open my $fh, '>:raw', $self->path($name) or die "$name: $!";
    print $fh $text;
    close $fh;
    return $self->path($name);
}

sub read {
    my ($self, $name) = @_;
    open my $fh, '<:raw', $self->path($name) or return '';
    local $/;
    return scalar(<$fh>) // '';
}

# Processes

sub spawn {
    my ($self, $name, @command) = @_;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDIN,  '<',  '/dev/null';
        open STDOUT, '>>', $self->path("logs/$name.out");
        open STDERR, '>>', $self->path("logs/$name.out");
        exec @command or _exit(127);
    }
    $self->{pids}{$name} = $pid;
    return $pid;
}

sub kill_now {
    my ($self, $name, $signal) = @_;
    my $pid = delete $self->{pids}{$name} or return;
    kill $signal // 'TERM', $pid;
    return if await(sub { waitpid($pid, WNOHANG) != 0 });
    kill 'KILL', $pid;
    waitpid $pid, 0;
    fail "$name did not stop";
}

# Waits until the condition is true, and answers what it said; $far, see
# OrderSave::Patience.
sub wait_for {
    my ($self, $what, $until, $far) = @_;
    my $value = await($until, $far);
    return $value if $value;
    diag "waited in vain for $what";
    return;
}

# Redis

sub start_redis {
    my ($self, %o) = @_;
    $self->{redis_port} //= free_port();
    make_path($self->path('redis'));
    $self->spawn('redis', 'redis-server', '--port', $self->{redis_port},
        '--bind', '127.0.0.1', '--dir', $self->path('redis'),
        '--save', '', '--appendonly', $o{aof} ? 'yes' : 'no',
        @{$o{args} // []});
    $self->wait_for('redis', sub {
        my $r = eval { $self->redis('PING') };
        return ($r // '') eq 'PONG';
    }) or die "redis did not start";
    return $self;
}

# The same of another Redis, or of a Sentinel; nothing when it is not there.
sub redis_at {
    my ($self, $port, @words) = @_;
    local $self->{redis_port} = $port;
    return eval { $self->OrderSave::Nginx::redis(@words) };
}

# A Sentinel that calls the master "shop" dead after so many ms, once it knows
# of so many replicas. After `repair` ms it leads a replica that follows its
# master by another address, such as a link of the test's, back to the master's
# own: longer than a test of such a link may take on a slow machine.
sub start_sentinel {
    my ($self, $port, $master, %o) = @_;
    my ($ms, $repair) = ($o{after} // 3000, $o{repair} // $o{after} // 3000);
    $self->write("sentinel$port.conf", <<EOT);
port $port
bind 127.0.0.1
dir $self->{dir}
sentinel monitor shop 127.0.0.1 $master 1
sentinel down-after-milliseconds shop $ms
sentinel failover-timeout shop $repair
EOT
    $self->spawn("sentinel$port", 'redis-server', $self->path("sentinel$port.conf"), '--sentinel');
    return $self->wait_for('a sentinel', sub {
        @{$self->redis_at($port, 'SENTINEL', 'replicas', 'shop') // []} >= ($o{replicas} // 1);
    });
}

# A Redis that is there and says nothing, until it is let go. Nothing that is
# asked of it meanwhile is answered, however slow everybody else is.
sub silence { kill STOP => $_[0]{pids}{redis} }

sub let_speak { kill CONT => $_[0]{pids}{redis} }

# Has nginx read all that the client, a socket, has written?
sub heard {
    my ($self, $client) = @_;
    my ($here, $there) = map { sprintf ':%04X', $_ } $client->peerport, $client->sockport;
    open my $fh, '<', '/proc/net/tcp' or die "/proc/net/tcp: $!";
    for (<$fh>) {
        my (undef, $local, $remote, undef, $queues) = split;
        return hex((split /:/, $queues)[1]) == 0 if $local =~ /$here$/ && $remote =~ /$there$/;
    }
    return 0;
}

# Bytes that a silent Redis was sent and has not read: somebody has asked.
sub redis_asked {
    my ($self) = @_;
    my $port = sprintf ':%04X', $self->{redis_port};
    open my $fh, '<', '/proc/net/tcp' or die "/proc/net/tcp: $!";
    my $sum = 0;
    for (<$fh>) {
        my (undef, $local, undef, undef, $queues) = split;
        $sum += hex((split /:/, $queues)[1]) if $local =~ /$port$/;
    }
    return $sum;
}

sub stop_redis { $_[0]->kill_now('redis', $_[1] // 'KILL') }

# One command, one reply: string, number, array reference or undef.
# One connection for all commands, as long as it lasts. What ended badly, or was
# left by another process of the test, is not used again.
sub redis {
    my ($self, @words) = @_;
    my $port = $self->{redis_port};
    my $socket = $self->_redis_kept($port) // IO::Socket::INET->new(
        PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => patience()) or die "redis: $!";
    local $SIG{PIPE} = 'IGNORE';
    print $socket '*' . @words . "\r\n",
        map { my $w = $_; utf8::encode($w) if utf8::is_utf8($w);
              '$' . length($w) . "\r\n$w\r\n" } @words;
    $socket->flush;
    my $reply = _reply($socket);
    $self->{redis_kept}{$port} = [$$, $socket];
    return $reply;
}

# Nobody has said anything on it since: not that it is closed, either.
sub _redis_kept {
    my ($self, $port) = @_;
    my ($pid, $socket) = @{delete $self->{redis_kept}{$port} // return};
    return if $pid != $$ or IO::Select->new($socket)->can_read(0);
    return $socket;
}

sub _reply {
    my ($socket) = @_;
    my $line = <$socket> // die "redis closed";
    $line =~ s/\r\n\z//;
    my ($kind, $rest) = (substr($line, 0, 1), substr($line, 1));
    return $rest if $kind eq '+' or $kind eq ':';
    die "redis: $rest" if $kind eq '-';
    if ($kind eq '$') {
        return undef if $rest < 0;
        my $data = '';
        CORE::read($socket, $data, $rest + 2 - length $data, length $data)
            while length $data < $rest + 2;
        return substr $data, 0, $rest;
    }
    return undef if $rest < 0;
    return [map { _reply($socket) } 1 .. $rest];
}

# CRC16/XMODEM, for the key names of docs/formats.md
sub crc16 {
    my ($text) = @_;
    my $crc = 0;
    for my $byte (unpack 'C*', $text) {
        $crc ^= $byte << 8;
        $crc = $crc & 0x8000 ? (($crc << 1) ^ 0x1021) & 0xffff
                             : ($crc << 1) & 0xffff for 1 .. 8;
    }
    return $crc;
}

sub tag {
    my ($self, $shard) = @_;
    my $n = $self->{shards} // 16;
    state %tags;
    return $tags{$n}[$shard] //= do {
        my $i = 0;
        $i++ until int((crc16("$i") % 16384) * $n / 16384) == $shard;
        $i;
    };
}

sub shard { crc16($_[1]) % ($_[0]{shards} // 16) }

# The key of a name in a shard; and in the shard of an order, say.
sub shard_key { my ($self, $shard, $name) = @_; "ordersave:{" . $self->tag($shard) . "}:$name" }
sub key { my ($self, $name, $what) = @_; $self->shard_key($self->shard($what), $name) }

sub order_key { my ($self, $id) = @_; $self->key("o:$self->{store}/$id", "$self->{store}/$id") }
sub decision_key { my ($self, $id) = @_; $self->key("d:$self->{store}/$id", "$self->{store}/$id") }

# An order as the worker would have written it.
sub order {
    my ($self, $id, %over) = @_;
    my $order = {
        v => 1, store => $self->{store}, id => "$id", proof => "wc_order_$id",
        state => 'open', status => 'pending', payment => 'on_delivery',
        currency => 'EUR', total => 5000, shipping => 500,
        placed => int(time) - 60, changed => int(time) - 60,
        customer => sprintf('customer%014d', $id =~ /(\d+)/ ? $1 : 0),
        country => 'DE', name => 'Ana',
        items => [{id => '7', name => 'Blue mug', quantity => 1, total => 4500}],
        %over,
    };
    delete $order->{$_} for grep { !defined $order->{$_} } keys %$order;
    $self->redis('SET', $self->order_key($id), $json->encode($order));
    return $order;
}

# Events of an order, as the module wrote them.
sub events {
    my ($self, $id) = @_;
    my $all = $self->redis('XRANGE', $self->key('ev', "$self->{store}/$id"), '-', '+');
    return grep { $_->{order} eq "$self->{store}/$id" }
           map { $json->decode($_->[1][1]) } @$all;
}

# Waits for an event of a kind.
sub event {
    my ($self, $id, $kind) = @_;
    my $found;
    $self->wait_for("event $kind of $id", sub {
        ($found) = grep { $_->{kind} eq $kind } eval { $self->events($id) };
        $found;
    });
    return $found;
}

# An upstream that answers what its code says and remembers each request's
# bytes. The code gets the raw head and body and returns a raw response.
sub start_upstream {
    my ($self, $code, $name) = @_;
    $name //= 'upstream';
    my $listen = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 128,
        Proto => 'tcp', ReuseAddr => 1) or die "upstream: $!";
    my $log = $self->path("logs/$name.requests");
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        open STDOUT, '>>', $self->path("logs/$name.out");
        open STDERR, '>>', $self->path("logs/$name.out");
        $SIG{PIPE} = 'IGNORE';
        _serve($listen, $code, $log);
        _exit(0);
    }
    $self->{pids}{$name} = $pid;
    $self->{"${name}_port"} = $listen->sockport;
    return $self;
}

sub _serve {
    my ($listen, $code, $log) = @_;
    my $select = IO::Select->new($listen);
    my %data;
    while (my @ready = $select->can_read) {
        for my $socket (@ready) {
            if ($socket == $listen) {
                my $client = $listen->accept or next;
                $select->add($client);
                $data{$client} = '';
                next;
            }
            my $n = sysread $socket, $data{$socket}, 65536, length $data{$socket};
            if (!$n) {
                $select->remove($socket);
                delete $data{$socket};
                close $socket;
                next;
            }
            while ($data{$socket} =~ /\r\n\r\n/) {
                my $head = substr $data{$socket}, 0, $+[0];
                my ($length) = $head =~ /^content-length:\s*(\d+)/mi;
                $length //= 0;
                last if length($data{$socket}) < length($head) + $length;
                my $body = substr $data{$socket}, length $head, $length;
                substr $data{$socket}, 0, length($head) + $length, '';
                open my $fh, '>>', $log;
                syswrite $fh, $json->encode({head => $head, body => $body}) . "\n";
                close $fh;
                my $answer = $code->($head, $body, $socket);
                syswrite $socket, $answer if defined $answer;
                if (($answer // '') =~ /^connection: close/mi) {
                    $select->remove($socket);
                    close $socket;
                    last;
                }
            }
        }
    }
}

# What the upstream was sent so far.
sub upstream_requests {
    my ($self, $name) = @_;
    return map { $json->decode($_) } split /\n/, $self->read('logs/' . ($name // 'upstream') . '.requests');
}

sub forget_upstream { my ($self, $name) = @_; unlink $self->path('logs/' . ($name // 'upstream') . '.requests') }

# nginx

sub start_nginx {
    my ($self, %o) = @_;
    $self->{port} //= free_port();
    $self->write('nginx.conf', $self->OrderSave::Nginx::config(%o));
    my $pid = $self->spawn('nginx', $self->{nginx}, '-p', $self->{dir}, '-c',
        $self->path('nginx.conf'), '-g', 'daemon off;');
    # its port is there before the processes that answer
    my $there = $self->wait_for('nginx', sub {
        return 'gone' if waitpid $pid, WNOHANG;
        return $self->_status =~ m{^HTTP/};
    });
    if (($there || 'gone') eq 'gone') {
        delete $self->{pids}{nginx};
        die 'nginx did not start: ', $self->read('logs/nginx.out'), $self->read('logs/error.log');
    }
    # a test of what happens without Redis begins without waiting for it
    $self->wait_for('nginx to reach Redis', sub { $self->reaches_redis })
        unless $o{redis} || !$self->{pids}{redis} || $o{alone};
    return $self;
}

sub _status {
    my ($self) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => $self->path('status.sock')) or return '';
    print $socket "GET / HTTP/1.0\r\n\r\n";
    return do { local $/; <$socket> } // '';
}

# What nginx says of itself; it may be any of its processes.
sub status {
    my ($self) = @_;
    return eval { $json->decode((split /\r\n\r\n/, $self->_status, 2)[1]) } // {};
}

# Twenty in a row: each of the processes, then.
sub reaches_redis {
    my ($self) = @_;
    for (1 .. 20) { return 0 if ($self->status->{redis} // '') ne 'up' }
    return 1;
}

sub config {
    my ($self, %o) = @_;
    my $processes = $o{processes} // 1;
    # as long as can be set: a busy machine is not a slow Redis. Where Redis is
    # to be too slow, a test stops it.
    my $redis = $o{redis} // ($self->{redis_port}
        ? "ordersave_redis 127.0.0.1:$self->{redis_port} timeout=10s " . ($o{redis_options} // '') . ';'
        : '');
    my $spool = $o{spool} // "ordersave_spool $self->{dir}/spool;";
    my $upstream = $self->{upstream_port} ? "upstream store { server 127.0.0.1:$self->{upstream_port}; }" : '';
    return <<EOT;
@{[$ENV{ORDERSAVE_STATIC} ? "" : "load_module $self->{module};"]}
@{[$o{main} // '']}
user root;
worker_processes $processes;
worker_shutdown_timeout 60s;
pid $self->{dir}/nginx.pid;
error_log $self->{dir}/logs/error.log @{[$o{log_level} // 'info']};
events { worker_connections 512; }
http {
    client_body_temp_path $self->{dir}/tmp/body;
    proxy_temp_path $self->{dir}/tmp/proxy;
    fastcgi_temp_path $self->{dir}/tmp/fastcgi;
    uwsgi_temp_path $self->{dir}/tmp/uwsgi;
    scgi_temp_path $self->{dir}/tmp/scgi;
    log_format os '\$request_method \$uri \$status \$ordersave_outcome [\$ordersave_offer] [\$ordersave_arm] [\$ordersave_order_id]';
    access_log $self->{dir}/logs/access.log os;
    ordersave_share $self->{share};
    $redis
    $spool
    $upstream
    @{[$o{http} // '']}
    server {
        listen 127.0.0.1:$self->{port};
        server_name localhost;
        ordersave_store $self->{store};
        ordersave_campaign $self->{dir}/campaign.json;
        ordersave_key_file $self->{dir}/keys;
        @{[$o{server} // '']}
    }
    server {
        listen unix:$self->{dir}/status.sock;
        access_log off;
        location / { ordersave_status; }
    }
}
EOT
}

# The watched shop that most tests look at.
sub woo {
    my ($self, %o) = @_;
    return <<'EOT' . ($o{more} // '');
        ordersave_cancel   $ordersave_has_cancel_order;
        ordersave_order_id $ordersave_arg_order_id;
        ordersave_proof    $ordersave_arg_order;
        location / { proxy_pass http://store; proxy_http_version 1.1; proxy_set_header Connection ""; }
        location /ordersave/ { ordersave_api on; }
        location = /ordersave/status { ordersave_status; }
EOT
}

# nginx -t: (works, what it said)
sub nginx_test {
    my ($self) = @_;
    my $text = `$self->{nginx} -t -p $self->{dir} -c $self->{dir}/nginx.conf 2>&1`;
    return ($? == 0, $text);
}

sub try_config {
    my ($self, %o) = @_;
    $self->{port} //= free_port();
    $self->write('nginx.conf', $self->config(%o));
    return $self->nginx_test;
}

sub reload {
    my ($self) = @_;
    kill 'HUP', $self->{pids}{nginx};
}

sub access { my ($self) = @_; my @l = split /\n/, $self->read('logs/access.log'); return @l }

# The last line of the access log that matches.
sub logged {
    my ($self, $re) = @_;
    return $self->wait_for("log line $re", sub {
        my ($l) = grep { $_ =~ $re } reverse $self->access;
        $l;
    });
}

# HTTP, as bytes

my @BROWSER = (
    'Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
    'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document',
);

sub raw {
    my ($self, $bytes, %o) = @_;
    my $socket = IO::Socket::INET->new(
        PeerAddr => '127.0.0.1', PeerPort => $o{port} // $self->{port},
        Timeout => patience()) or die "connect: $!";
    $socket->autoflush(1);
    syswrite $socket, $bytes;
    my $answer = '';
    my $select = IO::Select->new($socket);
    while ($select->can_read(patience())) {
        my $n = sysread $socket, $answer, 65536, length $answer;
        last unless $n;
    }
    return $answer;
}

# {status, head, body, raw} of one request; headers are lines.
sub http {
    my ($self, $method, $uri, %o) = @_;
    my @headers = ('Host: ' . ($o{host} // 'localhost'), 'Connection: close',
        $o{bare} ? () : @BROWSER, @{$o{headers} // []});
    push @headers, 'Content-Type: application/x-www-form-urlencoded'
        if defined $o{body} and !grep { /^content-type:/i } @headers;
    push @headers, 'Content-Length: ' . length $o{body} if defined $o{body};
    my $answer = $self->raw("$method $uri HTTP/1.1\r\n"
        . join("\r\n", @headers) . "\r\n\r\n" . ($o{body} // ''), %o);
    my ($head, $body) = split /\r\n\r\n/, $answer, 2;
    $head //= '';
    $body = _unchunk($body) if $head =~ /^transfer-encoding: chunked/mi;
    my ($status) = $head =~ m{^HTTP/1\.[01] (\d+)};
    return {status => $status // 0, head => $head, body => $body // '',
        raw => $answer};
}

sub get { my ($self, $uri, %o) = @_; return $self->http('GET', $uri, %o) }

sub post {
    my ($self, $uri, $fields, %o) = @_;
    my $body = join '&', map { _escape($_->[0]) . '=' . _escape($_->[1]) } @$fields;
    return $self->http('POST', $uri, body => $body, %o);
}

# An answer with what the module knew in time: nobody waits for Redis, and on a
# busy machine a store may be faster.
sub in_time {
    my ($self, $ask) = @_;
    my $answer;
    $self->wait_for('an answer that Redis was in time for', sub {
        $answer = $ask->();
        $answer->{body} !~ /data-version=""/;
    });
    return $answer;
}

sub _escape { my ($t) = @_; utf8::encode($t) if utf8::is_utf8($t); $t =~ s/([^A-Za-z0-9_.~-])/sprintf '%%%02X', ord $1/ge; return $t }

sub _unchunk {
    my ($text) = @_;
    my $out = '';
    while ($text =~ s/^([0-9a-fA-F]+)[^\r\n]*\r\n//) {
        my $n = hex $1;
        last unless $n;
        $out .= substr $text, 0, $n, '';
        $text =~ s/^\r\n//;
    }
    return $out;
}

sub header { my ($answer, $name) = @_; return $answer->{head} =~ /^\Q$name\E:\s*(.*?)\r?$/mi ? $1 : undef }

# The cancel link of an order.
sub cancel_uri {
    my ($self, $id, %o) = @_;
    my $key = $o{key} // "wc_order_$id";
    return "/cart/?cancel_order=true&order=$key&order_id=$id&redirect=%2Fmy-account%2F&_wpnonce=95556a0bb9";
}

sub token { my ($page) = @_; return $page->{body} =~ /name="ordersave_token"\s+value="([^"]+)"/ ? $1 : undef }

sub sign {
    my ($self, $payload, $key, $kid) = @_;
    my $part = ($kid // 'k1') . '.' . encode_base64url($json->encode($payload));
    return $part . '.' . encode_base64url(hmac_sha256($part, $key // $KEY));
}

sub token_payload { my ($token) = @_; return $json->decode(decode_base64url((split /\./, $token)[1])) }

# Allows a pattern in the error log that would fail the test otherwise.
sub allow { my ($self, @re) = @_; push @{$self->{allow}}, @re }

sub stop {
    my ($self) = @_;
    return if $self->{stopped}++;
    my @below = map { split ' ', `pgrep -P $_` } values %{$self->{pids}};
    $self->kill_now('nginx', 'QUIT') if $self->{pids}{nginx};
    $self->kill_now($_, 'TERM') for sort keys %{$self->{pids}};
    if ($ENV{KEEP_LOGS}) { system "cp", "-r", $self->{dir}, "/tmp/keep.$$" }
    my @bad = grep { /\[(alert|emerg|crit)\]|Sanitizer|runtime error/ }
        map { split /\n/, $self->read("logs/$_") }
        map { s{.*/}{}r } glob "$self->{dir}/logs/*";
    for my $re (@{$self->{allow}}) {
        @bad = grep { $_ !~ $re } @bad;
    }
    is(join("\n", @bad), '', 'no alert, no sanitizer line');
    my @left = grep { _alive($_) } @below;
    is("@left", '', 'no process is left behind');
}

sub _alive {
    my ($pid) = @_;
    open my $fh, '<', "/proc/$pid/stat" or return 0;
    return (<$fh> // '') !~ /\) Z /;
}

sub DESTROY {
    my ($self) = @_;
    return if $$ != $self->{owner};
    local $?;
    # a master that is killed leaves its processes behind
    my @below = map { split ' ', `pgrep -P $_` } values %{$self->{pids}};
    kill 'KILL', values %{$self->{pids}}, @below;
    waitpid $_, 0 for values %{$self->{pids}};
}

# What a worker has still to do: raw webhooks and events, and jobs that are due
# within so many seconds. All shards at one moment, as work goes from one to
# another.
sub left {
    my ($self, $within) = @_;
    my @shards = 0 .. ($self->{shards} // 16) - 1;
    my $count = sub {
        my (@keys) = map { my $shard = $_; map { $self->shard_key($shard, $_) } qw(in ev queue) } @_;
        return $self->redis('EVAL', <<'EOT', scalar @keys, @keys, int((time + $within) * 1000));
local left = 0
for i = 1, #KEYS, 3 do
    left = left + redis.call('XLEN', KEYS[i]) + redis.call('XLEN', KEYS[i + 1])
        + redis.call('ZCOUNT', KEYS[i + 2], '-inf', ARGV[1])
end
return left
EOT
    };
    my $left = eval { $count->(@shards) };
    return $left if defined $left;
    die $@ if $@ !~ /CROSSSLOT|MOVED/;          # a Cluster has no such moment
    $left += $count->($_) for @shards;
    return $left;
}

1;
