# A master of a Cluster goes silent: the worker follows its shards to the
# replica that takes over; a dead address to begin with switches nothing off,
# and meanwhile the other shards go on.
# long

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Mojo::UserAgent;
use Test::More;
use OrderSave::Cluster;

my $t = OrderSave::Cluster->new;
$t->start(no_worker => 1);
my $dead = OrderSave::Nginx::free_port();
my $status = OrderSave::Nginx::free_port();
$t->configure(status => "127.0.0.1:$status", redis => {timeout => '2s',
    nodes => [map { "127.0.0.1:$_" } $dead, $t->{nodes}[4], $t->{nodes}[1]]});
$t->start_worker;

sub status {
    my $tx = Mojo::UserAgent->new->get("http://127.0.0.1:$status/status");
    return $tx->res->json // {};
}

my @orders = map { $t->buy(customer => 'ada') } 1 .. 24;
is scalar(grep { $t->record($_) } @orders), 24, 'orders of all masters, though the first address is dead';
ok $t->wait_for('all nodes', sub { status()->{redis} }), 'status says that all is up';

# its replica has all that it has: Redis promises no more than that
my $victim = $t->master_of($t->order_key($t->id($orders[0])));
$t->wait_for('its replica', sub { $t->node($victim, 'WAIT', 1, 1000) >= 1 });
my @lost = grep { $t->master_of($t->order_key($t->id($_))) == $victim } @orders;
my @kept = grep { $t->master_of($t->order_key($t->id($_))) != $victim } @orders;
kill STOP => $t->{pids}{"node$victim"};
my @nodes = @{$t->{nodes}};
$t->{nodes} = [grep { $_ != $victim } @nodes];

# others go on while it is not known to be dead
$t->tell($kept[0], kind => 'scored', score => 1);
is scalar(my @m = $t->mails(1, subject => "support_score $kept[0]{order}{number}")), 1,
    'other shards go on';
ok $t->wait_for('status', sub {
    my ($node) = grep { $_->{port} == $victim } @{status()->{nodes}};
    !status()->{redis} && $node && $node->{state} eq 'down';
}), 'status says which node is down';

ok $t->wait_for('a whole cluster', sub { $t->whole(5) }), 'a replica takes over';
$t->tell($_, kind => 'scored', score => 1) for @lost;
$t->mails(1 + @lost, subject => 'support_score');
my %seen;
$seen{$_->{subject}}++ for $t->mails(1 + @lost, subject => 'support_score');
is scalar(keys %seen), 1 + @lost, 'its shards are worked on again';
is scalar(grep { $_ > 1 } values %seen), 0, 'each mail goes out once';
ok $t->wait_for('status', sub { status()->{redis} }), 'status says that all is well';

# it comes back, as a replica
kill CONT => $t->{pids}{"node$victim"};
$t->{nodes} = \@nodes;
ok $t->wait_for('a replica', sub { $t->node($victim, 'ROLE')->[0] eq 'slave' }), 'the old master comes back as a replica';
my $o = $lost[0];
$t->accept($o);
ok $t->wait_for('the offer', sub { $t->decision($o)->{applied} eq 'done' }), 'and nobody takes it for more';

$t->stop;
done_testing;
