# Two stores in one worker with the same order number: campaigns, senders,
# codes and customers do not meet.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use OrderSave::Worker;

my $json = JSON::PP->new->canonical->utf8;
my $t = OrderSave::Worker->new->start(no_worker => 1);
my $other = Demo->store('--hold', 0);
my $sink = Demo->sink;
my %campaign = %{decode_json($t->read('campaign.json'))};

$campaign{store} = 'second';
$campaign{mail} = {from => 'Second <hello@second.test>',
                   support => 'care@second.test'};
$campaign{api}{base} = $other->url;
$t->write('second.json', $json->encode(\%campaign));
$t->configure(stores => {
    shop => {campaign => $t->path('campaign.json')},
    second => {campaign => 'second.json',
               smtp => {host => '127.0.0.1', port => $sink->smtp_port,
                        starttls => 'never'}}});
$t->start_worker;

my $first = $t->buy(customer => 'ada');
my $twin = $other->order(customer => 'ada');

is $twin->{order}{id}, $t->id($first), 'the same number in both';

$t->{store} = 'second';
$t->webhook($twin->{order});
$t->wait_for('the twin', sub { $t->record($twin) });

my $b = $t->record($twin);
$t->{store} = 'shop';
my $a = $t->record($first);

is $a->{email}, $b->{email}, 'the same buyer';
isnt $a->{customer}, $b->{customer}, 'is another customer in each store';

$t->{store} = 'second';
$t->accept($twin);
$t->wait_for('the twin', sub { $t->decision($twin)->{applied} eq 'done' });

my ($mail) = @{$sink->messages(1, kind => 'mail', subject => 'applied')};
is $mail->{from}, 'hello@second.test', 'its mail comes from its own sender';
is scalar($t->mails(0)), 0, 'and not through the other\'s server';
my (undef, $there) = $other->api('GET', '/orders/' . $t->id($twin));
is scalar @{$there->{fee_lines}}, 1, 'its order is changed';

$t->{store} = 'shop';
is $t->decision($first), undef, 'the other order is undecided';
my (undef, $here) = $t->{demo}->api('GET', '/orders/' . $t->id($first));
is scalar @{$here->{fee_lines}}, 0, 'and unchanged';
is $t->record($first)->{save}{used}, undef,
    'nor does it hear of what was accepted there';
is $t->count('accepted'), 0, 'counters are apart';

$t->stop;
done_testing;
