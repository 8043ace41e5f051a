# Redis behind TLS: the certificate is checked, by name and by authority;
# names are looked up by nginx' resolver; Sentinels have a password of their
# own; the feed of open panels goes the same way.

use strict;
use warnings;
use Test::More;
use IO::Socket::INET;
use POSIX ();
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new;
my $d = $t->{dir};
sub run { my ($command) = @_; my $said = `cd $d && ($command) 2>&1`; is $?, 0, $command =~ s/ .*//sr or diag $said }
run('openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=authority'
    . ' && openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout redis.key -out redis.csr -subj /CN=redis'
    . ' && printf "subjectAltName=DNS:redis.test,IP:127.0.0.1" > san && openssl x509 -req -in redis.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out redis.pem'
    . ' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout other.key -out other.pem -days 2 -subj /CN=other');

my $tls = OrderSave::Nginx::free_port();
$t->start_redis(args => ['--tls-port', $tls, '--tls-cert-file', "$d/redis.pem", '--tls-key-file', "$d/redis.key",
    '--tls-ca-cert-file', "$d/ca.pem", '--tls-auth-clients', 'no']);
$t->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->order(19);

# a name server that knows redis.test, and for whom it is asked
my $dns = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1') or die $!;
my $dns_port = $dns->sockport;
my $pid = fork // die;
if ($pid == 0) {
    while (defined $dns->recv(my $query, 512)) {
        my ($id, $name) = (substr($query, 0, 2), '');
        my $at = 12;
        while (my $n = ord substr $query, $at, 1) { $name .= substr($query, $at + 1, $n) . '.'; $at += $n + 1 }
        my $question = substr $query, 12, $at + 5 - 12;
        my $type = unpack 'n', substr $query, $at + 1, 2;
        my $known = $name eq 'redis.test.';
        my $answer = $known && $type == 1 ? "\xc0\x0c" . pack('nnNn', 1, 1, 60, 4) . "\x7f\0\0\1" : '';
        $dns->send($id . pack('nnnnn', $known ? 0x8180 : 0x8183, 1, $answer ? 1 : 0, 0, 0) . $question . $answer);
    }
    POSIX::_exit(0);
}
$t->{pids}{dns} = $pid;

sub met { return $t->get($t->cancel_uri(19))->{body} =~ /ordersave_token/ }
sub start {
    my ($redis, %o) = @_;
    unlink $t->path('logs/error.log');
    $t->start_nginx(server => $t->woo, redis => "ordersave_redis $redis timeout=2s;", %o);
}
sub works { my ($what, @o) = @_; start(@o); ok $t->wait_for('an offer', \&met), $what or diag $t->read('logs/error.log'); $t->kill_now('nginx', 'QUIT') }
sub fails {
    my ($what, $re, @o) = @_;
    start(@o);
    ok $t->wait_for('the log', sub { $t->read('logs/error.log') =~ $re }), "$what: the log says why" or diag $t->read('logs/error.log');
    is $t->get($t->cancel_uri(19))->{body}, 'store', 'and the store answers';
    $t->kill_now('nginx', 'QUIT');
}
my $resolver = "resolver 127.0.0.1:$dns_port ipv6=off;";

works 'ssl', "127.0.0.1:$tls ssl ssl_ca=$d/ca.pem";
works 'rediss:', "rediss://127.0.0.1:$tls ssl_ca=$d/ca.pem";
works 'another name than its address', "127.0.0.1:$tls ssl ssl_ca=$d/ca.pem ssl_name=redis.test";
works 'a name that is looked up', "redis.test:$tls ssl ssl_ca=$d/ca.pem", http => $resolver;
works 'a name without TLS', "redis.test:$t->{redis_port}", http => $resolver;
works 'a name without a resolver is looked up at once', "localhost:$t->{redis_port}";
works 'a certificate that is not looked at', "127.0.0.1:$tls ssl ssl_verify=off";
fails 'a wrong name', qr/has a certificate of another name/, "127.0.0.1:$tls ssl ssl_ca=$d/ca.pem ssl_name=evil.test";
fails 'an unknown authority', qr/no known authority/, "127.0.0.1:$tls ssl ssl_ca=$d/other.pem";
fails 'no TLS there', qr/does not (?:shake hands|answer)|cannot be spoken to/, "127.0.0.1:$t->{redis_port} ssl ssl_verify=off";
fails 'TLS without saying so', qr/(?:closed the connection|not RESP|refuses us|cannot be)/, "127.0.0.1:$tls";
fails 'a name that nobody knows', qr/nobody\.test.* cannot be resolved|cannot be resolved/, "nobody.test:$tls", http => $resolver;

# the feed of open panels
start("127.0.0.1:$tls ssl ssl_ca=$d/ca.pem");
$t->wait_for('an offer', \&met);
my $token = $t->sign({p => 'panel', s => 'shop', o => '19', v => 'owner', g => 0, x => time + 600});
my $live = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port});
syswrite $live, "GET /ordersave/live/$token HTTP/1.1\r\nHost: localhost\r\n\r\n";
my $heard = '';
ok $t->wait_for('the feed', sub { $t->redis('PUBLISH', 'ordersave:{0}:changed', 'shop/19') > 0 }), 'the feed listens over TLS';
$t->redis('PUBLISH', 'ordersave:{0}:changed', 'shop/19');
ok $t->wait_for('news', sub { IO::Select->new($live)->can_read(0.1) and sysread $live, $heard, 4096, length $heard; $heard =~ /^data:/m }), 'and is heard';
close $live;
$t->kill_now('nginx', 'QUIT');

# Sentinels with a password
$t->write('word', "watch\n");
my $sentinel = OrderSave::Nginx::free_port();
$t->write('sentinel.conf', "port $sentinel\nbind 127.0.0.1\nrequirepass watch\nsentinel monitor shop 127.0.0.1 $t->{redis_port} 1\n");
$t->spawn('sentinel', 'redis-server', $t->path('sentinel.conf'), '--sentinel');
$t->wait_for('the sentinel', sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $sentinel) });
works 'a Sentinel with a password', "sentinel:127.0.0.1:$sentinel master=shop sentinel_password_file=$d/word";
fails 'one without', qr/NOAUTH/, "sentinel:127.0.0.1:$sentinel master=shop";

# what does not go together
$t->allow(qr{\[emerg\].*(?:nginx\.conf:18|nosuch)});    # an nginx of one's own logs what nginx -t says
for my $case (['ssl_ca without ssl', qr/need "ssl"/, "127.0.0.1 ssl_ca=$d/ca.pem"], ['a password of Sentinels without them', qr/is for "sentinel:"/, "127.0.0.1 sentinel_password_file=$d/word"],
              ['ssl_verify=maybe', qr/"on" or "off"/, '127.0.0.1 ssl ssl_verify=maybe'], ['no such file', qr/ssl_ca=.*nosuch": expected/, "127.0.0.1 ssl ssl_ca=$d/nosuch"],
              ['seventeen addresses', qr/at most 16/, join(',', ('127.0.0.1') x 17)]) {
    my ($ok, $said) = $t->try_config(server => $t->woo, redis => "ordersave_redis $case->[2];");
    ok !$ok && $said =~ $case->[1] && $said =~ /nginx\.conf:\d+/, "$case->[0]: nginx -t says so" or diag $said;
}

$t->stop;
done_testing;
