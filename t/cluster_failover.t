# A master of a Cluster dies and says nothing: its shards are followed to the
# replica that takes over, a dead address to begin with switches nothing off,
# and meanwhile the other shards go on.
# long

use strict;
use warnings;
use Test::More;
use JSON::PP;
use File::Path qw(make_path);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new;
my @ports;
for my $i (1 .. 6) {
    my $port = OrderSave::Nginx::free_port();
    push @ports, $port;
    make_path($t->path("node$i"));
    $t->spawn("node$i", 'redis-server', '--port', $port, '--bind', '127.0.0.1', '--save', '',
        '--cluster-enabled', 'yes', '--dir', $t->path("node$i"), '--cluster-node-timeout', 2000,
        '--cluster-replica-validity-factor', 0);
}

sub node { my ($port, @words) = @_; local $t->{redis_port} = $port; return $t->redis(@words) }

ok $t->wait_for('a node', sub { (eval { node($_, 'PING') } // '') eq 'PONG' }), 'a node' for @ports;
my $made = system 'redis-cli --cluster create ' . join(' ', map { "127.0.0.1:$_" } @ports)
    . " --cluster-replicas 1 --cluster-yes > $t->{dir}/logs/create.out 2>&1";
is $made, 0, 'three masters, each with a replica' or diag $t->read('logs/create.out');
sub whole { my ($n) = @_; return scalar(grep { /cluster_state:ok/ && /cluster_slots_ok:16384/ } map { eval { node($_, 'CLUSTER', 'INFO') } // '' } @ports) >= $n }
ok $t->wait_for('the cluster', sub { whole(6) }), 'the cluster is whole';
for my $port (@ports) {
    $t->wait_for('its replica', sub { my $i = node($port, 'INFO', 'replication'); $i =~ /role:master.*connected_slaves:1/s || $i =~ /master_link_status:up/ });
}

# who has a key, of those who live
sub anywhere {
    my @words = @_;
    for my $port (@ports) {
        my $answer = eval { node($port, @words) };
        return $answer unless $@;
    }
    die "nobody has it: $@";
}
sub master_of {
    my ($key) = @_;
    my $slot = anywhere('CLUSTER', 'KEYSLOT', $key);
    for my $shard (@{anywhere('CLUSTER', 'SLOTS')}) {
        return $shard->[2][1] if $slot >= $shard->[0] && $slot <= $shard->[1];
    }
}
{
    no warnings qw(redefine once);
    my $one = \&OrderSave::Nginx::redis;
    *OrderSave::Nginx::redis = sub {
        my ($self, @words) = @_;
        return $one->($self, @words) if $self->{redis_port} || $main::inside;
        local $main::inside = 1;
        return anywhere(@words);
    };
}
sub owned { my ($port, @ids) = @_; return grep { master_of($t->order_key($_)) == $port } @ids }

my @orders = 100 .. 160;
$t->order($_) for @orders;

# the first address is of nobody, the second of a replica's or a master's
my $dead = OrderSave::Nginx::free_port();
$t->start_upstream(sub { "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n" });
$t->start_nginx(server => $t->woo, redis => "ordersave_redis 127.0.0.1:$dead,127.0.0.1:$ports[4],127.0.0.1:$ports[1] timeout=2s;");

sub status { return eval { decode_json($t->get('/ordersave/status')->{body}) } // {} }
sub met { my ($id) = @_; return $t->get($t->cancel_uri($id))->{body} =~ /ordersave_token/ }
ok $t->wait_for('all nodes', sub { status()->{redis} eq 'up' }), 'all shards are found, though the first address is dead' or diag explain status();
is scalar(grep { !met($_) } @orders[0 .. 20]), 0, 'orders of all nodes are met';
my %named = map { $_->{port} => $_ } @{status()->{nodes}};
is $named{$dead} ? $named{$dead}{state} : 'down', 'down', 'status says which node is down';
is scalar(grep { $_->{state} eq 'up' && $_->{shards} } values %named), 3, 'and that three are up';

# its replica has all that it has: Redis promises no more than that
sub replicated {
    my ($master) = @_;
    return grep {
        $_ != $master && (eval { node($_, 'INFO', 'replication') } // '') =~ /role:slave.*master_port:$master\b.*master_link_status:up/s
            && node($_, 'DBSIZE') == node($master, 'DBSIZE')
    } @ports;
}

# the master of some dies without a word
my $lost = master_of($t->order_key(100));
$t->wait_for('its replica', sub { scalar replicated($lost) });
my ($mine) = grep { $ports[$_ - 1] == $lost } 1 .. 6;
my @away = owned($lost, @orders[21 .. 60]);
my ($stays) = grep { master_of($t->order_key($_)) != $lost } @orders[21 .. 60];
$t->kill_now("node$mine", 'KILL');
is $t->http('HEAD', $t->cancel_uri($away[0]))->{status}, 302, 'its orders pass';
ok met($stays), 'those of the others are met all the while';
ok $t->wait_for('the truth', sub { my ($n) = grep { $_->{port} == $lost } @{status()->{nodes}}; !$n || $n->{state} ne 'up' }), 'status does not call it up';
is status()->{redis}, 'partly', 'and not all of Redis';

ok $t->wait_for('the failover', sub { my $at = eval { master_of($t->order_key(100)) }; $at && $at != $lost && whole(5) }), 'a replica takes over';
ok $t->wait_for('the new master', sub { met($away[1]) }), 'its orders are met again';
ok $t->wait_for('what was spooled', sub { grep { $_->{kind} eq 'asked' } $t->events($away[0]) }), 'what was spooled has come';
ok $t->wait_for('an empty spool', sub { !(() = glob $t->path('spool/*.spool')) }), 'nothing is left on the disk';
is status()->{redis}, 'up', 'Redis is up';
my %lives = map { $_ => 1 } grep { $_ != $lost } @ports;
is join(' ', grep { $lives{$_} } $t->read('logs/error.log') =~ /redis 127\.0\.0\.1:(\d+) cannot be connected to/g), '', 'and no node that lives was called dead';

# and back: the old one comes as a replica, the new one goes
$t->spawn("node$mine", 'redis-server', '--port', $lost, '--bind', '127.0.0.1', '--save', '',
    '--cluster-enabled', 'yes', '--dir', $t->path("node$mine"), '--cluster-node-timeout', 2000, '--cluster-replica-validity-factor', 0);
ok $t->wait_for('the replica', sub { (eval { node($lost, 'INFO', 'replication') } // '') =~ /master_link_status:up/ }), 'the old master is a replica';
my $next = master_of($t->order_key(100));
$t->wait_for('its replica', sub { scalar replicated($next) });
my ($its) = grep { $ports[$_ - 1] == $next } 1 .. 6;
$t->kill_now("node$its", 'KILL');
$t->http('HEAD', $t->cancel_uri($away[2]), bare => 1);
ok $t->wait_for('the failover', sub { my $at = eval { master_of($t->order_key(100)) }; $at && $at == $lost }), 'a second failover';
ok $t->wait_for('the first master', sub { met($away[3]) }), 'is followed as well';
ok $t->wait_for('what was spooled', sub { grep { $_->{kind} eq 'asked' } $t->events($away[2]) }), 'and nothing is lost';

$t->stop;
done_testing;
