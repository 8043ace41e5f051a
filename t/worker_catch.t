# Who asked to cancel, and was cancelled, is written to after a while: money,
# score, reason, way back. Nobody else is.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new(
    campaign => {
        follow_up => {cancelled => {after => '1h', sms => JSON::PP::true,
                                    next_order => 'NEXT5',
                                    reorder_url => '/again'}},
        sms => {from => '+15005550006', country => 'US'},
    });

$t->{config} = {};
$t->start(no_worker => 1);
$t->configure(sms => {kind => 'twilio', url => $t->{sink}->url,
                      account => 'AC0demo', token_file => $t->write('token', "secret\n")});
$t->write('share/templates/cancelled.sms.mustache', 'sorry about {{{order.number}}} {{{score_url}}} stop');
$t->start_worker;

sub cancel {
    my ($o) = @_;
    my ($code, $body) = $t->{demo}->api('PUT', "/orders/$o->{order}{id}",
                                        {status => 'cancelled'});
    return $body;
}

my %buyer = (customer => 'ada', consent => {email => 'yes', sms => 'yes'},
             billing => {first_name => 'Ada', email => 'ada@shop.test',
                         phone => '(415) 555-2671', country => 'US'});

# asked and cancelled
my $asked = $t->buy(%buyer);
$t->tell($asked, kind => 'asked', via => 'page', reason => 'costs');
cancel($asked);

# asked, but the store did not do it
my $kept = $t->buy(%buyer, customer => 'budi',
                   billing => {email => 'budi@shop.test'});
$t->tell($kept, kind => 'asked', via => 'page');

# cancelled by the shop: nobody asked
my $shop = $t->buy(%buyer, customer => 'minji',
                   billing => {email => 'minji@shop.test'});
$t->webhook(cancel($shop));

# in the holdout: the mail, without an offer
my $hold = $t->buy(%buyer, customer => 'camille', locale => 'fr',
                   billing => {email => 'camille@shop.test'});
$t->tell($hold, kind => 'exposed', arm => 'holdout', mode => 'on');
$t->tell($hold, kind => 'asked', via => 'pass');
cancel($hold);

$t->settled;
is scalar $t->mails(0, subject => 'cancelled'), 0, 'nobody at once';
$t->elapse(3600);
$t->settled;
my @mails = $t->mails(2, subject => 'cancelled');

is scalar @mails, 2, 'two mails: who asked and was cancelled';

my ($ada) = grep { $_->{subject} =~ /$asked->{order}{number}$/ } @mails;
my ($held) = grep { $_->{subject} =~ /$hold->{order}{number}$/ } @mails;

ok $ada, 'one to the buyer in the treatment';
like $ada->{text}, qr{/ordersave/score/k1\.\S+\?value=1\n.*\?value=5}s,
    'with five scores';
like $ada->{text}, qr/nothing charged/, 'with what happens to the money';
like $ada->{text}, qr/^next NEXT5$/m, 'with a coupon for the next order';
unlike $ada->{text}, qr/^tell /m, 'the reason is known, so it is not asked';
is $ada->{reply_to}, 'help@shop.test', 'an answer reaches the support';

ok $held, 'one to the holdout';
unlike $held->{text}, qr/^next /m, 'without an offer';
like $held->{text}, qr{^tell http\S+/ordersave/reason/}m, 'asking the reason';

my $texts = $t->{sink}->messages(0, kind => 'sms');

is scalar(grep { $_->{to}[0] eq "+14155552671" } @$texts), 1,
    'an SMS to the number in E.164';
my ($sms) = grep { $_->{to}[0] eq '+14155552671' } @$texts;
like $sms->{text}, qr{http\S+/ordersave/o/[\w-]{14} }, 'with a short link';
my ($code) = $sms->{text} =~ m{/o/([\w-]{14})};
my $link = decode_json($t->redis('GET', $t->key("link:$t->{store}/$code", "$t->{store}/$code")) // '{}');
is_deeply [@{$link->{claims}}{qw(p s o)}], ['score', $t->{store}, $link->{order}], 'that opens the score';
is $t->count('not_cancelled'), 2, 'mail and SMS of the kept order went away';
is $t->count('sms.segments'), scalar @$texts, 'segments are counted';
is scalar(grep { $_->{channel} ne 'clock' } values %{$t->all('jobs')}), 0,
    'no job is left, but the watch over what has not left yet';
ok $t->record($asked)->{save}{cancelled}, 'the record knows the cancel';
is scalar @{$t->record($asked)->{save}{sent}}, 2, 'and what was sent';

# asked, refused, and long after cancelled by the shop
my $late = $t->buy(%buyer, customer => 'minji');
my $dead = cancel($late);
$t->webhook($dead);
$t->wait_for('cancelled', sub { $t->record($late)->{save}{cancelled} });
$t->tell($late, kind => 'asked', via => 'page',
         at_ms => int((Time::HiRes::time() - 3600) * 1000));
$t->settled;
ok $t->record($late)->{save}{asked}, 'asked, refused, and cancelled';
$t->elapse(3600);
$t->settled;
is scalar(grep { $_->{subject} =~ /$late->{order}{number}$/ }
          $t->mails(0, subject => 'cancelled')), 0,
    'a cancel long after the wish is the shop\'s own';

# orders again in time: nothing is sent
my $again = $t->buy(%buyer, customer => 'ada');
$t->tell($again, kind => 'asked', via => 'page');
$t->wait_for('asked', sub { $t->record($again)->{save}{asked} });
cancel($again);
my $newer = $t->buy(%buyer, created => time + 2);
ok $t->counted('reordered', 1), 'the newer order is noticed';
$t->elapse(3600);
$t->settled;
is scalar(grep { $_->{subject} =~ /$again->{order}{number}$/ }
          $t->mails(0, subject => 'cancelled')), 0,
    'who orders again hears no more';

$t->stop;
done_testing;
