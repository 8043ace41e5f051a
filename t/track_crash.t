# Workers are killed again and again while carriers' webhooks come in before,
# with and after their orders: every parcel arrives at its order, every buyer
# hears of it, and a mail that came twice is the same mail.
# long

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Track;

my $t = OrderSave::Track->new(campaign => {track => {}})
    ->start(redis => {aof => 1}, no_worker => 1);
my @orders = map { $t->{demo}->order(customer => 'ada', locale => 'en',
    billing => {email => "c$_\@shop.test"}) } 1 .. 40;

my $n = 0;
for my $o (@orders) {
    $t->aftership("P$n", 'OutForDelivery', at => time - 30) if $n % 2;
    $t->webhook($o->{order});
    $t->ship($o, "P$n");
    $t->aftership("P$n", 'InTransit', at => time - 300);
    $t->aftership("P$n", 'OutForDelivery', at => time - 20);
    $n++;
}

$t->start_worker('worker1');

for my $round (1 .. ($ENV{ORDERSAVE_FULL} ? 12 : 3)) {
    sleep 0.05 + 0.1 * ($round % 4);
    kill KILL => $t->{pids}{"worker$round"};
    waitpid delete $t->{pids}{"worker$round"}, 0;
    $t->start_worker('worker' . ($round + 1));
    $t->redis('HSET', $t->shard_key($_, 'lease'), 'until_ms', 0) for 0 .. 15;
}

ok $t->wait_for('all', sub {
    my $i = 0;
    40 == grep { (($t->parcel($_, 'P' . $i++) // {})->{milestone} // '')
                 eq 'out_for_delivery' } @orders;
}), 'every parcel is where it should be';

ok $t->wait_for('no jobs', sub {
    !grep { $_->{channel} eq 'smtp' } values %{$t->all('jobs')}
}), 'nothing is left to send';

$t->send_again;

my (%to, %id);
$to{$_->{to}[0]}{$_->{message_id}}++
    for $t->mails(40, subject => 'Out for delivery');
is scalar keys %to, 40, 'everybody has his mail';
is scalar(grep { keys %$_ > 1 } values %to), 0, 'and none has two different';

my @left = grep { /:wait:/ } map { @{$t->redis('KEYS', $t->shard_key($_, 'wait:*'))} }
    0 .. 15;
is_deeply \@left, [], 'nothing waits';
is_deeply $t->all('dead'), {}, 'nothing died';

$t->stop;
done_testing;
