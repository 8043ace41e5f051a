# After the last try a job is a dead letter: listed, shown, retried, dropped.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new(config => {
    retry => {first => '1s', most => '1s', give_up => {smtp => '1s'}}})->start;

$t->{sink}->request('POST', '/api/faults', {}, json => {
    at => 'rcpt', times => -1, reply => '450 4.2.0 later'});

my @orders = map { $t->buy(customer => 'ada') } 1 .. 2;
$t->tell($_, kind => 'scored', score => 1) for @orders;
ok $t->wait_for('dead letters', sub { keys %{$t->all('dead')} == 2 }),
    'two tries, then a dead letter';
is $t->count('dead'), 2, 'counted';

my ($rc, $out) = $t->ctl('dead', 'list');
my @lines = split /\n/, $out;

is scalar @lines, 2, 'dead list';
my ($first, $second) = map { (split /\t/)[0] } @lines;
like $out, qr/\tsupport_score\tsmtp\tthe mail server said 450 4\.2\.0 later, at RCPT TO$/m,
    'says what and why';

($rc, $out) = $t->ctl('dead', 'show', $first);
like $out, qr/"why": "the mail server said 450 4\.2\.0 later, at RCPT TO"/, 'dead show';

($rc) = $t->ctl('dead', 'drop', $first);
is keys %{$t->all('dead')}, 1, 'dead drop';

$t->{sink}->request('DELETE', '/api/faults');
($rc, $out) = $t->ctl('dead', 'retry', $second);
is $rc, 0, 'dead retry';
is scalar $t->mails(1, subject => 'support_score'), 1, 'and it is sent';
is keys %{$t->all('dead')}, 0, 'nothing is dead any more';
is +($t->ctl('dead', 'retry', $first))[0], 1, 'what is not there is a finding';

# a webhook that nobody understood, and now somebody does
my $order = $t->{demo}->order(customer => 'ada')->{order};
$t->webhook($order, source => 'brandnew');
ok $t->wait_for('a dead letter', sub { keys %{$t->all('dead')} == 1 }),
    'a webhook of a source that is not there';
my ($id) = keys %{$t->all('dead')};
like $id, qr{^raw/}, 'is a dead letter';
$t->kill_now('worker');
unlink $t->path('share/sources');
mkdir $t->path('share/sources');
$t->write("share/sources/$_.json", do {
    open my $f, '<', "$t->{share}/sources/woocommerce.json"; local $/; <$f> })
    for qw(woocommerce brandnew);
$t->start_worker('worker2');
is +($t->ctl('dead', 'retry', $id))[0], 0, 'retried once the source is there';
ok $t->wait_for('the order', sub { $t->record($order->{id}) }),
    'the order is known';
is keys %{$t->all('dead')}, 0, 'and nothing is dead';

$t->stop;
done_testing;
