# Paused, nothing goes out and nothing is lost; deliver_only_to keeps a copy of
# a shop from writing to its customers.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new(config => {deliver_only_to => ['*@shop.test']})
    ->start;
my $in = $t->buy(customer => 'ada', billing => {email => 'ada@shop.test'});
my $out = $t->buy(customer => 'budi', billing => {email => 'budi@other.test'});

is +($t->ctl('pause'))[0], 0, 'pause';
$t->wait_for('the pause', sub { $t->log =~ /deliveries are paused/ });
$t->accept($_) for $in, $out;
$t->wait_for('both accepts', sub { $t->count('accepted') == 2 });
ok $t->buy(customer => 'camille'), 'the worker takes what comes';
is $t->decision($in)->{applied}, 'pending', 'nothing is done';
is scalar(grep { $_->{purpose} eq "apply" } values %{$t->all("jobs")}), 2,
    "both jobs wait";

is +($t->ctl('resume'))[0], 0, 'resume';
$t->wait_for('both', sub {
    2 == grep { $t->decision($_)->{applied} eq 'done' } $in, $out
});
is scalar $t->mails(1, subject => "applied $in->{order}{number}"), 1,
    'an address of the list gets its mail';
ok $t->counted('diverted', 1), 'the other is diverted';
is scalar $t->mails(0, subject => "applied $out->{order}{number}"), 0,
    'and gets none';

# one channel, one purpose, one store
is +($t->ctl('pause', 'purpose=support_score'))[0], 0, 'pause of a purpose';
is +($t->ctl('pause', 'channel=webhook', 'store=other'))[0], 0, 'and of a store\'s channel';
ok $t->wait_for('the pause', sub { $t->log =~ /paused in part: 2/ }), 'the worker knows';
$t->tell($in, kind => 'scored', score => 1);
my $more = $t->buy(customer => 'ada', billing => {email => 'ada@shop.test'});
$t->accept($more);
is scalar(my @applied = $t->mails(1, subject => "applied $more->{order}{number}")), 1, 'other mails go out';
is scalar(grep { $_->{purpose} eq 'support_score' } values %{$t->all('jobs')}), 1, 'that one waits';
is +($t->ctl('pause', 'colour=blue'))[0], 2, 'what is no part of a delivery is wrong usage';
is +($t->ctl('resume', 'purpose=support_score'))[0], 0, 'resume of it';
is scalar(my @score = $t->mails(1, subject => 'support_score')), 1, 'and it goes out';
is_deeply $t->redis('HKEYS', $t->shard_key(0, 'pauses')), ['other/webhook/*'], 'the other pause stays';
$t->ctl('resume');
is $t->redis('EXISTS', $t->shard_key(0, 'pauses')), 0, 'resume ends all';

$t->stop;
done_testing;
