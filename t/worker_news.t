# What the read before a follow-up finds is taken, whatever was found before.
# long

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new(
    config => {retry => {first => '1s', most => '1s'}})
    ->start(no_worker => 1);

sub restart {
    my (%smtp) = @_;
    $t->configure(smtp => {host => '127.0.0.1', port => $t->{sink}->smtp_port,
                           starttls => 'never', timeout => '3s', %smtp});
    $t->start_worker('worker' . keys %smtp);
    return;
}

restart();

my $o = $t->buy(customer => 'ada', status => 'pending');
my $put = sub { $t->{demo}->api('PUT', "/orders/$o->{order}{id}", $_[0]) };
my $is = sub { my ($state) = @_;
    $t->wait_for($state, sub { $t->record($o)->{state} eq $state }) };

$t->accept($o);
ok $t->wait_for('it', sub { $t->decision($o)->{applied} eq 'done' }),
    'an offer is applied';

# the buyer asks again, and changed something; the order stays
sleep 1;        # the store tells changes apart by the second
$put->({billing => {first_name => 'Eve', email => 'ada@shop.test'}});
my $changed = $t->record($o)->{changed};
$t->tell($o, kind => 'asked', via => 'page');
ok $t->wait_for('change', sub { $t->record($o)->{changed} > $changed }),
    'the read before the follow-up finds a change';
ok $t->counted('not_cancelled', 1), 'and that it is not cancelled';

# the same follow-up again, and now it is
$put->({status => 'cancelled'});
$t->tell($o, kind => 'asked', via => 'page');
ok $is->('cancelled'), 'the next one finds that it is cancelled now';
is $t->decision($o)->{state}, 'withdrawn', 'and the offer goes back';
is $t->count('duplicate'), 0, 'nothing was taken for what came before';
is scalar $t->mails(1, subject => "cancelled $o->{order}{number}"), 1,
    'the buyer hears of it';

# a follow-up that waits for its turn reads again when it comes
$t->kill_now('worker0');
restart(per_second => 0.1);
$o = $t->buy(customer => 'ada', status => 'pending');
$t->tell($o, kind => 'scored', score => 1);
ok $t->counted('sent.smtp.support_score', 1), 'a mail takes the turn';
$put->({status => 'cancelled'});
my $refused = $t->count('not_cancelled');
my $reads = sub {
    scalar grep { $_->{line} =~ m{^GET /wp-json/wc/v3/orders/$o->{order}{id} } }
        @{$t->{demo}->requests};
};
my $before = $reads->();
$t->tell($o, kind => 'asked', via => 'page');
ok $t->wait_for('a follow-up', sub {
    grep { $_->{purpose} eq 'cancelled' } values %{$t->all('jobs')}
}), 'the follow-up waits for its turn';
sleep 2;        # by the store's clock, again; and it is due
is $reads->(), $before, 'and asks the store nothing meanwhile';
$put->({status => 'processing'});
ok $t->counted('not_cancelled', $refused + 1), 'when it is its turn it finds it open again';
is scalar(my @none = $t->mails(0, subject => "cancelled $o->{order}{number}")),
    0, 'and nobody is sorry';

$t->stop;
done_testing;
