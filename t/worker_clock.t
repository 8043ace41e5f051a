# Redis' clock was an hour ahead and is set back: what waits from then on waits
# no longer than it was to. What waits for a time does not come before it.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Shim;
use OrderSave::Worker;

my $t = OrderSave::Worker->new(campaign => {follow_up => {cancelled => {after => '5h', email => JSON::PP::true}}});
my $redis;
{
    my $begin = $t->can('start_redis');
    no warnings 'redefine';
    no strict 'refs';
    local *{ref($t) . '::start_redis'} = sub { my @all = @_; $redis = OrderSave::Shim->new($t->{dir}); $redis->under(sub { $begin->(@all) }) };
    $t->start;
}
sub state { my ($o) = @_; return $t->decision($o)->{applied} // '' }
sub job { my ($o, $purpose) = @_; return (grep { $_->{order} eq "shop/$o->{order}{id}" && $_->{purpose} eq $purpose } values %{$t->all('jobs')})[0] }

my ($gone, $failing, $held) = map { $t->buy(customer => 'ada') } 1 .. 3;
$t->{demo}->api('PUT', "/orders/$gone->{order}{id}", {status => 'cancelled'});
$redis->clock(3600);

# for a time
$t->tell($gone, kind => 'asked', via => 'page');
ok $t->wait_for('the follow-up', sub { job($gone, 'cancelled') }), 'a follow-up waits five hours';
my $due = $t->due_at(job($gone, 'cancelled'));

# to be tried again in some seconds
$t->store_fault(match => "GET /wp-json/.*orders/$failing->{order}{id}", times => 100, status => 503);
$t->accept($failing);
ok $t->wait_for('tries', sub { (job($failing, 'apply') // {})->{put_ms} }),
    'a change is put back for some seconds';

# due, and nobody may
is +($t->ctl('pause', 'purpose=apply'))[0], 0, 'changes are paused';
ok $t->wait_for('the pause', sub { $t->log =~ /paused in part: 1/ }), 'which the worker knows';
$t->accept($held);
ok $t->wait_for('the job', sub { job($held, 'apply') }), 'one more comes';

$redis->clock(0);
$t->store_fault;
is +($t->ctl('resume'))[0], 0, 'on it goes';
ok $t->wait_for('the first', sub { state($failing) eq 'done' }), 'what was put back is done';
ok $t->wait_for('the second', sub { state($held) eq 'done' }), 'and what was due';
is join(' ', map { scalar @{$t->shop($_)->{fee_lines}} } $failing, $held), '1 1', 'once';
is $t->due_at(job($gone, 'cancelled')), $due, 'what waits for a time waits for it';
ok $t->wait_for('all shards', sub { !grep { $t->redis('HEXISTS', $t->shard_key($_, 'lease'), 'rewind') } 0 .. 15 }), 'each shard is gone through';
like $t->log, qr/Redis' clock went back/, 'and the log says why';
$t->stop;
done_testing;
