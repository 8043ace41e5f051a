# The worker's way to Redis by TLS: the certificate is checked, by authority and
# by name, and a big webhook goes through it as it is.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
my $d = $t->{dir};
sub run { my ($command) = @_; my $said = `cd $d && ($command) 2>&1`; $? == 0 or die $said }
my $key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
run("openssl req -x509 $key -keyout ca.key -out ca.pem -days 2 -subj /CN=authority"
    . " && openssl req $key -keyout redis.key -out redis.csr -subj /CN=redis"
    . ' && printf "subjectAltName=DNS:redis.test,IP:127.0.0.1" > san'
    . ' && openssl x509 -req -in redis.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out redis.pem'
    . " && openssl req -x509 $key -keyout other.key -out other.pem -days 2 -subj /CN=other");
my $tls = OrderSave::Nginx::free_port();
$t->start(no_worker => 1, redis => {args => ['--tls-port', $tls, '--tls-cert-file', "$d/redis.pem",
    '--tls-key-file', "$d/redis.key", '--tls-ca-cert-file', "$d/ca.pem", '--tls-auth-clients', 'no']});

sub redis { return (host => '127.0.0.1', port => $tls, tls => JSON::PP::true, timeout => '5s', @_) }

$t->configure(redis => {redis(ca_file => 'ca.pem')});
$t->start_worker;
my $o = $t->buy(customer => 'ada');
ok $t->record($o), 'an order, by TLS';
my $big = {%{$t->{demo}->order(customer => 'ada')->{order}}};
$big->{meta_data} = [{key => 'x', value => 'y' x 3_000_000}];
$t->webhook($big);
ok $t->wait_for('a big one', sub { $t->record($big->{id}) }), 'and one of three megabytes';
$t->kill_now('worker', 'TERM');

$t->configure(redis => {redis(ca_file => 'ca.pem', server_name => 'redis.test')});
$t->start_worker('named');
$t->kill_now('named', 'TERM');
pass 'for another name that the certificate has';

for my $case (
    ['of an authority that is not trusted', ca_file => 'other.pem'],
    ['for another name', ca_file => 'ca.pem', server_name => 'shop.test'],
) {
    my ($what, %redis) = @$case;
    $t->configure(redis => {redis(%redis)});
    my $name = 'wrong' . keys %redis;
    $t->spawn($name, $t->{worker}, '-c', $t->path('worker.json'));
    ok $t->wait_for('the log', sub { $t->log($name) =~ /redis 127\.0\.0\.1:$tls: .*(?:certificate|mismatch)/i }),
        "a certificate $what is refused, and the log says why";
    unlike $t->log($name), qr/ready/, 'nothing is done with it';
    $t->kill_now($name, 'KILL');
}

$t->configure(redis => {redis(ca_file => 'san')});
$t->spawn('none', $t->{worker}, '-c', $t->path('worker.json'));
ok $t->wait_for('the log', sub { $t->log('none') =~ m{/redis: \S*san: certificates of an authority expected} }),
    'a file that holds none is told at once';
$t->kill_now('none', 'KILL');

$t->stop;
done_testing;
