# A Redis Cluster of three: MOVED is followed, every script stays in one slot,
# module and worker meet there.

use strict;
use warnings;
use lib 't/lib';
use Test::More;
use JSON::PP;
use File::Path qw(make_path);
use OrderSave::Nginx;
use OrderSave::Worker;
use Demo;

my $t = OrderSave::Worker->new(campaign => {eligible => {status => ['pending']}});
my @ports;
for my $i (1 .. 3) {
    my $port = OrderSave::Nginx::free_port();
    push @ports, $port;
    make_path($t->path("node$i"));
    $t->spawn("node$i", 'redis-server', '--port', $port, '--bind', '127.0.0.1', '--save', '',
        '--cluster-enabled', 'yes', '--dir', $t->path("node$i"), '--cluster-node-timeout', 2000);
}
for my $port (@ports) {
    local $t->{redis_port} = $port;
    $t->wait_for('a node', sub { (eval { $t->redis('PING') } // '') eq 'PONG' });
}
my $made = system 'redis-cli --cluster create ' . join(' ', map { "127.0.0.1:$_" } @ports)
    . " --cluster-yes > $t->{dir}/logs/create.out 2>&1";
is $made, 0, 'a cluster of three' or diag $t->read('logs/create.out');
$t->{redis_port} = $ports[0];
$t->wait_for('the cluster', sub { $t->redis('CLUSTER', 'INFO') =~ /cluster_state:ok/ });

# one command, wherever the key is
{
    no warnings 'redefine';
    my $one = \&OrderSave::Nginx::redis;
    *OrderSave::Nginx::redis = sub {
        my ($self, @words) = @_;
        my $answer = eval { $one->($self, @words) };
        if (($@ // '') =~ /MOVED \d+ [\d.]+:(\d+)/) {
            local $self->{redis_port} = $1;
            return $one->($self, @words);
        }
        die $@ if $@;
        return $answer;
    };
}

$t->{demo} = Demo->store('--hold', 0);
$t->{sink} = Demo->sink;
$t->write('api', "$t->{demo}{key}\n");
$t->write_share;
$t->write('campaign.json', JSON::PP->new->utf8->encode($t->campaign));
$t->configure;
$t->start_worker;

my $n = OrderSave::Nginx->new(redis_port => $ports[0], no_campaign => 1);
$n->write('campaign.json', $t->read('campaign.json'));
$n->start_upstream(sub { "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n" });
$n->start_nginx(server => $n->woo);

# orders on all three nodes
my %node;
for my $i (1 .. 12) {
    my $o = $t->buy(customer => 'ada', status => 'pending', billing => {email => "c$i\@shop.test"});
    my $id = $o->{order}{id};
    ok $t->record($o), "order $id is known";
    my $uri = $o->{cancel_url} =~ s{^https?://[^/]+}{}r;
    my $page = $n->get($uri);
    $page = $n->get($uri) unless $page->{body} =~ /ordersave_token/;    # MOVED is learnt
    like $page->{body}, qr/ordersave_token/, "order $id meets its offer";
    $n->post($uri, [[ordersave_do => 'cancel'], [ordersave_reason => 'costs'], [ordersave_token => OrderSave::Nginx::token($page)]]);
    ok $t->wait_for('asked', sub { $t->record($o)->{save}{asked} }), "order $id: the cancel is recorded";
    my $slot = $t->redis('CLUSTER', 'KEYSLOT', $t->order_key($id));
    $node{int($slot * 3 / 16384)}++;
}
cmp_ok scalar(keys %node), '>=', 2, 'they lie on more than one node';

my $o = $t->buy(customer => 'ada', status => 'pending', billing => {email => 'last@shop.test'});
my $uri = $o->{cancel_url} =~ s{^https?://[^/]+}{}r;
my $page = $n->get($uri);
my $answer = $n->post($uri, [[ordersave_do => 'accept:less'], [ordersave_token => OrderSave::Nginx::token($page) // '']]);
is $answer->{status}, 303, 'an accept is decided';
ok $t->wait_for('applied', sub { ($t->decision($o) // {})->{applied} eq 'done' }), 'and applied';

my (undef, $out) = $t->ctl('stats');
is decode_json($out)->{orders}, 13, 'stats count the orders of all nodes';

$n->stop;
$t->stop;
done_testing;
