# The laws of countries: for each rule of each pack, what is written or held back
# by it, and that it is the rule alone which does so: with an empty pack of the
# shop's own before it, it is not.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Track;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my $json = JSON::PP->new->utf8->canonical;
my $t = OrderSave::Track->new(campaign => {advertising => {basis => 'law'}, track => {}, mail => {from => 'Shop <shop@shop.test>', support => 'help@shop.test'},
    follow_up => {cancelled => {after => '1s', email => JSON::PP::true}, win_back => {after => '1d', pool => 'back'}}});
$t->start(no_worker => 1);
my %pack = map { my $p = do { local (@ARGV, $/) = $_; $json->decode(<>) }; ($p->{country} => $p) } glob "$t->{share}/countries/*.json";
is scalar keys %pack, 39, 'all packs';
my @countries = sort grep { $_ ne 'EU' } keys %pack;

# as they are put together
sub rules { my ($p) = @_; return {%{$p->{inherits} ? rules($pack{$p->{inherits}}) : {}}, %{$p->{rules}}} }

my $campaign = $json->decode($t->read('campaign.json'));
sub campaign { my (%more) = @_; $t->write('campaign.json', $json->encode({%$campaign, sells_to => \@countries, %more})) }
campaign();
sub ctl { my ($rc, $out, $err) = $t->ctl(@_); utf8::decode($out); return wantarray ? ($out, $rc, $err) : $out }

my $id = 100;
my %order = map { $_ => $t->order(++$id, payment => 'paid', status => 'processing', country => $_, email => 'ana@example.org', phone => '+12025550143') } @countries;
my %gone = map { $_ => $t->order(++$id, payment => 'paid', status => 'cancelled', state => 'cancelled', country => $_, email => 'ana@example.org',
    save => {asked => {reason => 'costs'}}) } @countries;
$t->order(++$id, payment => 'paid', status => 'processing', country => 'ZZ', email => 'ana@example.org');
my $nowhere = $id;

# what explain says of each country, and what a mail to there says

sub walk {
    my ($with) = @_;
    my $how = $with ? 'by its pack' : 'without its rules';
    for my $country (@countries) {
        my $rules = $with ? rules($pack{$country}) : {};
        my $said = ctl('explain', $order{$country}{id});
        my @wrong;
        for my $rule (qw(advertising_mail advertising_sms review_request)) {
            my $consent = $rules->{$rule}{consent} // '';
            my $want = $consent eq '' ? 'no: no consent, and no rule of the country is known'
                : $consent eq 'prior' ? "no: no consent, and the country's rule asks for one" : 'yes, by the law of the country';
            push @wrong, "$rule is not \"$want\"" if $said !~ /^\Q$rule: $want\E$/m;
            push @wrong, "$rule without its source" if $consent && $said !~ /^  $country: \Q$rules->{$rule}{source}\E$/m;
        }
        my $late = ctl('render', 'not_shipped', $order{$country}{id}, '-k', 'text', '-l', 'en');
        my $days = $rules->{delay}{refund_days} // $rules->{delay}{refund_business_days};
        my $unit = $rules->{delay}{refund_days} ? 'day' : 'business day';
        push @wrong, 'delay: ' . ($late =~ /(If you cancel.*)/)[0] if $late =~ /If you cancel instead/ != (defined $days ? 1 : 0);
        push @wrong, 'delay: another number of days' if defined $days && $late !~ /within $days ${unit}s?\./;
        is_deeply \@wrong, [], "$country $how";
    }
}
walk(1);

# scores of who has cancelled, where a question for satisfaction is advertising

for my $country (@countries) {
    my $mail = ctl('render', 'cancelled', $gone{$country}{id}, '-k', 'text');
    my $asks = $mail =~ m{/ordersave/score/};
    is $asks ? 1 : 0, rules($pack{$country})->{score_request} ? 0 : 1, "$country: the question for stars" or diag $mail;
}

# words in front of advertising

sub subject { my ($order, @more) = @_; my $mail = ctl('render', 'win_back', $order->{id}, '-k', 'mail'); require Encode; return Encode::decode('MIME-Header', ($mail =~ /^Subject: (.*(?:\n[ \t].*)*)/m)[0] // '') }
for my $country (@countries) {
    my $before = rules($pack{$country})->{advertising_words}{before} // '';
    next if $before eq '' && $country ne 'DE';
    my $subject = subject($gone{$country});
    is index($subject, $before), 0, "$country: \"$before\" in front of an offer" or diag $subject;
    unlike $subject, qr/^(?:\(광고\)|<ADV>)/, "$country: and nothing else" if $before eq '';
}
my %asked = (%{$gone{SG}}, consent => {email => JSON::PP::true});
$t->redis('SET', $t->order_key($asked{id}), $json->encode(\%asked));
unlike subject(\%asked), qr/<ADV>/, 'SG: not in what was asked for';

# check: packs, their age, and whom advertising names as its sender

my ($check) = ctl('check');
like $check, qr/^ok - law of $_: \d{4}-\d\d-\d\d$/m, "check knows $_" for 'DE', 'KR';
like $check, qr{^not ok - law of US: advertising names its sender's address: expected /brand/address in the campaign$}m, 'the address that advertising needs';
campaign(brand => {name => 'Shop', address => 'Road 1'}, sells_to => [qw(US ZZ)]);
($check) = ctl('check');
unlike $check, qr/names its sender's/, 'is there';
like $check, qr{^not ok - law of ZZ: no pack: expected countries/XX\.json}m, 'a country without a pack';
like ctl('explain', $nowhere), qr/^advertising_mail: no: no consent, and no rule of the country is known$/m, 'whose buyers are not written to';

mkdir $t->path('countries');
$t->write('countries/US.json', $json->encode({%{$pack{US}}, as_of => '2024-01-01'}));
($check) = ctl('check');
like $check, qr/^ok - law of US: 2024-01-01, more than a year old: look whether it still holds$/m, 'an old one is told';

# the campaign's own word goes before the pack, word by word

campaign(countries => {US => {advertising_mail => {consent => 'prior'}}});
my $said = ctl('explain', $order{US}{id});
like $said, qr/^advertising_mail: no: no consent, and the country's rule asks for one\n  US: CAN-SPAM/m, 'a rule that the campaign changes';
like $said, qr/^review_request: yes/m, 'the others stay';
for my $case (['a rule that is none', {weather => {}}, qr{/countries/US/weather: "weather" is not known here}], ['a word that is none', {advertising_mail => {consent => 'maybe'}}, qr{/countries/US/advertising_mail/consent: }],
              ['hours that are none', {quiet_mail => {from => '25:00', until => '08:00', source => 'x', date => '2026-01-01'}}, qr{/countries/US/quiet_mail/from: }]) {
    campaign(countries => {US => $case->[1]});
    my (undef, $rc, $err) = ctl('check');
    like $err, qr{^\S*campaign\.json:\d+:\d+: $case->[2]}, "$case->[0] is refused" or diag $err;
}
campaign();
$t->write('countries/US.json', '{"country": "US", "name": "xx", "as_of": "2026-01-01", "inherits": "US", "rules": {}}');
my (undef, undef, $err) = ctl('check');
like $err, qr{countries/US\.json: inherits in a circle}, 'a pack that inherits itself';
$t->write('countries/US.json', '{"country": "GB", "name": "xx", "as_of": "2026-01-01", "rules": {}}');
(undef, undef, $err) = ctl('check');
like $err, qr{countries/US\.json:1:\d+: /country: expected the file's name}, 'or has another name';

# with empty packs of the shop's own nothing of that happens

$t->write("countries/$_.json", $json->encode({country => $_, name => $_, as_of => '2026-11-01', rules => {}})) for keys %pack;
walk(0);
like ctl('render', 'cancelled', $gone{DE}{id}, '-k', 'text'), qr{/ordersave/score/}, 'DE asks for stars then';
unlike subject($gone{KR}), qr/광고/, 'KR writes nothing in front';
like ctl('country', 'show', 'KR'), qr/"rules": \{\}/, 'as country show says';
unlink glob $t->path('countries/*');
like ctl('country', 'show', 'KR'), qr/"before": "\(광고\)"/, 'which shows what holds';
like ctl('country', 'list'), qr/^FR  \d{4}-\d\d-\d\d  France$/m, 'and lists whose there are';
my @listed = map { /^(\w\w)/ } split /\n/, ctl('country', 'list');
is "@listed", join(' ', sort @listed), 'in the order of their codes';
is +(ctl('country', 'show', 'XX'))[1], 1, 'one that nobody knows';

# nothing leaves on the shop's own holidays

campaign(country => 'FR', dispatch => {until => '14:00'});
($check) = ctl('check');
like $check, qr/^ok - law of FR: holidays of \d{4}$/m, 'holidays that a rule computes';
campaign(country => 'SG', dispatch => {until => '14:00'});
($check) = ctl('check');
like $check, qr/^(?:not )?ok - law of SG: holidays of \d{4}/m, 'and those that somebody has to list';
like ctl('country', 'holidays', 'FR', '2027'), qr/\A2027-01-01\n2027-03-29\n2027-05-01\n2027-05-06\n2027-05-08\n2027-05-17\n2027-07-14\n2027-08-15\n2027-11-01\n2027-11-11\n2027-12-25\n\z/, 'a year of France';
is +(ctl('country', 'holidays', 'SG', '2035'))[1], 1, 'not all of a year that is not listed';
is +(ctl('country', 'holidays', 'FR', 'soon'))[1], 2, 'a year that is none';

# an SMS at night waits by the pack's hours, and not without them

campaign();
my $minute = sub { my @now = gmtime(time + 60 * $_[0]); sprintf '%02d:%02d', @now[2, 1] };
mkdir $t->path('countries');
my %quiet = %{$json->decode($json->encode($pack{GB}))};
$quiet{rules}{quiet_sms} = {from => $minute->(-30), until => $minute->(90), source => 'a test', date => '2026-11-01'};
$t->write('countries/GB.json', $json->encode(\%quiet));
delete $campaign->{quiet};
campaign(track => {messages => {out_for_delivery => {sms => JSON::PP::true, email => JSON::PP::false}}},
         quiet => {countries => {IE => {from => '00:00', until => '00:00'}}});
$t->start_worker;
for my $country (qw(GB IE)) {
    my $o = $t->buy(customer => 'ada', consent => {sms => 'yes'}, billing => {phone => $country eq 'GB' ? '+447911123456' : '+353861234567', country => $country, email => lc "$country\@shop.test"});
    $t->ship($o, "Q1$country");
    $t->wait_for('the parcel', sub { $t->parcel($o, "Q1$country") }) or diag explain $t->record($o), $t->all("dead");
    $t->aftership("Q1$country", 'OutForDelivery');
}
ok $t->counted('quiet', 1), 'an SMS at night, as the pack has it';
is scalar(my @texts = $t->texts(1)), 1, 'and one where the campaign says that it is day';
is_deeply $texts[0]{to}, ['+353861234567'], 'to there';

$t->stop;
done_testing;
