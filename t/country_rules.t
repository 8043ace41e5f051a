# Every rule of every pack has something that obeys it, and does not once the
# rule is taken out: whom advertising names as its sender, the function of
# withdrawal, its period, words that end an SMS, hours of the night, a consent
# that a link confirms. countries.t has whom a shop may write to, and with which
# words; country_holidays.t the holidays.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use Digest::SHA qw(hmac_sha1_base64 hmac_sha256);
use Encode qw(encode);
use JSON::PP;
use MIME::Base64 qw(encode_base64url);
use POSIX qw(strftime);
use Test::More;
use OrderSave::Track;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my $json = JSON::PP->new->utf8->canonical;
my $t = OrderSave::Track->new(campaign => {sms => {from => '+15005550006', country => 'DE'}, track => {}, withdrawal => {}, extras => {news => JSON::PP::true},
    mail => {from => 'Shop <shop@shop.test>', support => 'help@shop.test'}, site => 'https://shop.test'});
$t->start(no_worker => 1);
my %pack = map { my $p = do { local (@ARGV, $/) = $_; $json->decode(<>) }; ($p->{country} => $p) } glob "$t->{share}/countries/*.json";
sub rules { my ($p) = @_; return {%{$p->{inherits} ? rules($pack{$p->{inherits}}) : {}}, %{$p->{rules}}} }
my %rules = map { $_ => rules($pack{$_}) } keys %pack;
# each kind of rule is in one of these
my @countries = $ENV{ORDERSAVE_FULL} ? sort grep { $_ ne 'EU' } keys %pack : qw(AT BR CA CH DE FR GB IT JP KR NO US);
my $campaign = $json->decode($t->read('campaign.json'));
delete $campaign->{quiet};
sub campaign { my (%more) = @_; my %c = (%$campaign, sells_to => \@countries, %more); delete $c{$_} for grep { !defined $c{$_} } keys %c; $t->write('campaign.json', $json->encode(\%c)) }
sub ctl { my ($rc, $out) = $t->ctl(@_); utf8::decode($out); return $out }

# A pack of the shop's own that has no rule of this name; none: as they are.
sub without {
    my ($rule) = @_;
    mkdir $t->path('countries');
    unlink glob $t->path('countries/*');
    return unless $rule;
    for my $country (keys %pack) {
        my %r = %{$rules{$country}};
        delete $r{$rule};
        $t->write("countries/$country.json", $json->encode({country => $country, name => $country, as_of => '2026-11-01', rules => \%r}));
    }
}
# each of them with the rule, and without
sub walk {
    my ($rule, $obeys) = @_;
    my @known = grep { $rules{$_}{$rule} } @countries;
    cmp_ok scalar @known, '>', 0, "$rule: @{[scalar @known]} countries";
    for my $with (1, 0) {
        without($with ? undef : $rule);
        my @wrong = grep { defined } map { $obeys->($_, $rules{$_}{$rule}, $with) } @known;
        is_deeply \@wrong, [], "$rule: each " . ($with ? 'obeys' : 'without the rule does not');
    }
    without();
}

# what check says: the sender's particulars, the function of withdrawal

my %check;
campaign();
walk(sender => sub {
    my ($country, $rule, $with) = @_;
    my $said = $check{"sender $with"} //= ctl('check');
    my $asks = grep { $_ eq 'address' } @{$rule->{needs}};
    my $told = $said =~ m{^not ok - law of $country: advertising names its sender's address: expected /brand/address}m;
    return !!$told eq !!($with && $asks) ? undef : "$country: $told";
});
walk(withdrawal_function => sub {
    my ($country, undef, $with) = @_;
    campaign(withdrawal => undef, sells_to => [$country]);
    my $told = ctl('check') =~ /withdrawal function, and has no "withdrawal"/;
    return !!$told eq !!$with ? undef : $country;
});
campaign();

# the days on which nothing leaves

walk(holidays => sub {
    my ($country, undef, $with) = @_;
    my $days = () = ctl('country', 'holidays', $country, '2027') =~ /^2027-/mg;
    return ($with ? $days >= 4 : $days == 0) ? undef : "$country: $days";
});

# until when: for the shop's eyes. Delivered so that fourteen days later is a
# Saturday, and so that it is a working day: 14 days is what is taken where no
# rule says it, and so is the weekend's end, but for those whose law has none.

my %late = (informed => JSON::PP::false);
my ($saturday, $monday) = map { $_ * 86400 + 43200 } 20706 - 14, 20708 - 14;      # 10 and 12 September 2026
my $n = 300;
my %bought = map { my $at = $_; map { ("$at $_" => $t->order(++$n, country => $_, payment => 'paid', status => 'completed', email => 'ana@example.org', placed => $at - 86400,
    track => {milestone => 'delivered', at => {delivered => $at}})) } @countries } $saturday, $monday;
sub last_day { my ($at, $country) = @_; my ($day) = ctl('render', 'support_withdraw', $bought{"$at $country"}{id}, '-k', 'text', '-l', 'en') =~ /^End of the period: (.*?) \(/m; return $day // 'none' }
sub day { my ($at, $days) = @_; return strftime('%B %-d, %Y', gmtime $at + $days * 86400) }
my %working = (0 => 1, 6 => 2);
sub ends { my ($at, $days, $weekend) = @_; my $w = (gmtime $at + $days * 86400)[6]; return day($at, $days + ($weekend ? $working{$w} // 0 : 0)) }
my @sold = grep { $rules{$_}{withdrawal} } @countries;
# holidays are another rule: none stands beside these days in these countries
my @plain = grep { /^(?:BR|DE|FR|GB|KR|NO|PL)$/ } @sold;
for my $with (1, 0) {
    without($with ? undef : 'withdrawal');
    my @wrong;
    for my $at ($saturday, $monday) {
        for my $country (@plain) {
            my $rule = $with ? $rules{$country}{withdrawal} : {days => 14, weekend => 1};
            my ($is, $want) = (last_day($at, $country), ends($at, $rule->{days}, $rule->{weekend}));
            push @wrong, "$country: $is, and not $want" if $is ne $want;
        }
    }
    is_deeply \@wrong, [], 'withdrawal: each period ' . ($with ? 'is its rule\'s' : 'without the rule is 14 days, to the end of a working day');
}
without();
for my $with (1, 0) {
    campaign(withdrawal => \%late);
    without($with ? undef : 'withdrawal');
    my @wrong = grep { my $rule = $with ? $rules{$_}{withdrawal} : {weekend => 1}; my $days = $rule->{longest_days} // 379;
        last_day($monday, $_) ne ends($monday, $days, $rule->{weekend}) } qw(DE GB NO);
    is_deeply \@wrong, [], 'withdrawal: and longer where buyers were not informed, ' . ($with ? 'by the rule' : 'as without it');
}
without();
campaign();

# hours of the night, by the recipient's clock; and words that end an SMS

$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
sub zone { my ($hour) = @_; my $east = ($hour - (gmtime)[2]) % 24; $east -= 24 if $east > 14; return 'Etc/GMT' . ($east > 0 ? "-$east" : $east < 0 ? '+' . -$east : '') }
sub quiet { my ($rule, $hour) = @_; my ($from, $until) = map { /^(\d\d)/ } @{$rule}{qw(from until)}; return $from > $until ? $hour >= $from || $hour < $until : $hour >= $from && $hour < $until }
my %usual = (from => '21:00', until => '08:00');
my $job = 0;
for my $with (1, 0) {
    without($with ? undef : 'quiet_sms');
    my (%want, %is);
    # the minutes of this hour are the same on all clocks: it must not end meanwhile
    $t->wait_for('an hour that is long enough', sub { (gmtime)[1] < 58 });
    for my $country (grep { $rules{$_}{quiet_sms} } @countries) {
        for my $hour (7, 12, 21, 23) {
            my $o = $t->order(++$n, country => $country, zone => zone($hour), payment => 'paid', status => 'completed', email => "q$n\@shop.test", phone => "+4930901$n", consent => {sms => JSON::PP::true},
                track => {milestone => 'out_for_delivery', parcels => [{number => "P$n", milestone => 'out_for_delivery'}]});
            $t->put_job({id => sprintf('quiet%011d', ++$job), order => "shop/$n", purpose => 'out_for_delivery', channel => 'sms', made_ms => 1, data => {parcel => "P$n"}}, 1);
            $want{"$country $hour"} = quiet($with ? $rules{$country}{quiet_sms} : \%usual, $hour) ? 'waits' : 'sent';
            $is{"$country $hour"} = "+4930901$n";
        }
    }
    my $sent = grep { $_ eq 'sent' } values %want;
    my $waits = keys(%want) - $sent;
    $t->start_worker($with ? 'worker' : 'without');
    my $before = 0;
    $t->wait_for('those that go', sub { my %to = map { $_->{to}[0] => 1 } $t->texts(0); (grep { $to{$_} } values %is) >= $sent });
    ok $t->wait_for('those that wait', sub { my $late = grep { my ($number) = $_->{order} =~ m{/(\d+)}; my ($place) = grep { /$number$/ } values %is; $place && $t->due_at($_) > 1e12 } values %{$t->all('jobs')}; $late >= $waits }), 'some wait';
    my %to = map { $_->{to}[0] => 1 } $t->texts(0);
    is_deeply {map { $_ => $to{$is{$_}} ? 'sent' : 'waits' } keys %is}, \%want, 'quiet_sms: each hour ' . ($with ? 'as its rule has it' : 'without the rule as for all');
    isnt $want{'FR 21'}, $with ? 'waits' : 'sent', 'FR at nine in the evening is where they differ';
    $t->kill_now($with ? 'worker' : 'without');
}

# advertising by mail, where a law has hours for it, and days

sub rests { my ($country, $hour) = @_; my @there = gmtime time + 3600 * (zone($hour) =~ /([+-])(\d+)/ ? "${1}1" * -$2 : 0);
    return $there[6] == 0 || ctl('country', 'holidays', $country, $there[5] + 1900) =~ /^@{[strftime '%Y-%m-%d', @there]}$/m }
for my $with (1, 0) {
    without($with ? undef : 'quiet_mail');
    campaign(review => {});
    $t->wait_for('an hour that is long enough', sub { (gmtime)[1] < 58 });
    my (%want, %is);
    for my $country (grep { $rules{$_}{quiet_mail} } @countries) {
        for my $hour (7, 12, 21, 23) {
            my $o = $t->order(++$n, country => $country, zone => zone($hour), payment => 'paid', status => 'completed', email => "m$n\@shop.test", consent => {email => JSON::PP::true}, track => {milestone => 'delivered'});
            $t->put_job({id => sprintf('quiet%011d', ++$job), order => "shop/$n", purpose => 'review', channel => 'smtp', class => 'marketing', made_ms => 1, data => {}}, 1);
            my $rule = $with ? $rules{$country}{quiet_mail} : \%usual;
            $want{"$country $hour"} = quiet($rule, $hour) || ($rule->{sundays} && rests($country, $hour)) ? 'waits' : 'sent';
            $is{"$country $hour"} = $n;
        }
    }
    my $sent = grep { $_ eq 'sent' } values %want;
    $t->start_worker("mail$with");
    my $gone = sub { my %to = map { $_->{to}[0] => 1 } $t->mails(0); return {map { $_ => $to{"m$is{$_}\@shop.test"} ? 'sent' : 'waits' } keys %is} };
    $t->wait_for('those that go', sub { $sent <= grep { $_ eq 'sent' } values %{$gone->()} });
    $t->wait_for('those that wait', sub { keys(%is) - $sent <= grep { my $j = $_; grep { $j->{order} eq "shop/$_" } values %is and $t->due_at($j) > 1e12 } values %{$t->all('jobs')} });
    is_deeply $gone->(), \%want, 'quiet_mail: each hour ' . ($with ? 'as its rule has it, and its Sundays' : 'without the rule as for all');
    $t->kill_now("mail$with");
}
campaign();

# words that end an SMS: what some country's law alone has is a sentence without it

$t->write('secret', "auth-token\n");
$t->start_nginx(server => $t->woo . "location = /in/twilio { ordersave_ingest twilio secret_file=$t->{dir}/secret; }");
my $said = 0;
sub answer {
    my ($from, $text) = @_;
    my %form = (MessageSid => 'SM' . ++$said, From => $from, To => '+15005550006', Body => encode('UTF-8', $text), NumMedia => '0');
    my $escape = sub { $_[0] =~ s/([^A-Za-z0-9_.~-])/sprintf '%%%02X', ord $1/ger };
    my $signature = hmac_sha1_base64('http://localhost/in/twilio' . join('', map { "$_$form{$_}" } sort keys %form), 'auth-token');
    $signature .= '=' while length($signature) % 4;
    return $t->http('POST', '/in/twilio', bare => 1, body => join('&', map { $escape->($_) . '=' . $escape->($form{$_}) } sort keys %form), headers => ["X-Twilio-Signature: $signature"])->{status};
}
my ($key) = $t->read('keys') =~ /^[^:#\s]+:(\S+)/m;
sub stopped { my $h = substr encode_base64url(hmac_sha256("shop\0$_[0]", $key)), 0, 22; return ($t->redis('GET', $t->key("suppress:shop/$h", "shop/$h")) // '') eq 'all' }
my %law = map { my $c = $_; map { ($_ => $c) } @{$rules{$c}{stop_words}{words}} } grep { $rules{$_}{stop_words} } @countries;
my %alone = map { $_ => 1 } 'SAIR', '停止';         # the others are known everywhere
cmp_ok scalar(keys %law), '>', 6, 'stop_words: ' . join ' ', sort keys %law;
for my $with (1, 0) {
    without($with ? undef : 'stop_words');
    $t->start_worker("stops$with");
    my %number = map { $_ => '+49309' . (10000 + ++$n) } sort keys %law;
    answer($number{$_}, $_) for sort keys %law;
    my %want = map { $_ => $with || !$alone{$_} ? 1 : 0 } keys %law;
    my $stops = grep { $_ } values %want;
    $t->wait_for('those that stop', sub { $stops <= grep { stopped($number{$_}) } keys %law });
    $t->wait_for('those that do not', sub { keys(%want) - $stops <= (() = $t->log("stops$with") =~ /without an order is not passed on/g) });
    is_deeply {map { $_ => stopped($number{$_}) ? 1 : 0 } keys %law}, \%want, 'stop_words: each ' . ($with ? 'ends it' : 'without the rules but those that are known everywhere');
    $t->kill_now("stops$with");
}

# a consent by a link, where the law of the buyer's country asks for it

my @double = grep { defined $rules{$_}{advertising_mail}{double_opt_in} } @countries;
cmp_ok scalar @double, '>', $ENV{ORDERSAVE_FULL} ? 10 : 1, 'double_opt_in: ' . @double . ' countries';
for my $with (1, 0) {
    without($with ? undef : 'advertising_mail');
    $t->start_worker("news$with");
    my (%is, %want);
    for my $country (@double) {
        my $o = $t->order(++$n, country => $country, payment => 'paid', status => 'completed', email => "n$n\@shop.test", customer => "c$n", track => {milestone => 'delivered'});
        $t->tell($n, kind => 'consent', to => 'email', did => 'ask');
        $is{$country} = $n;
        $want{$country} = $with && !$rules{$country}{advertising_mail}{double_opt_in} ? 'on' : 'asked';
    }
    my $state = sub { return ($t->track($_[0])->{consent}{email} // {})->{state} // '' };
    $t->wait_for('all of them', sub { !grep { $state->($_) eq '' } values %is });
    is_deeply {map { $_ => $state->($is{$_}) } keys %is}, \%want, 'double_opt_in: a yes ' . ($with ? 'is confirmed where the rule says it' : 'without the rules is confirmed everywhere');
    $t->kill_now("news$with");
}

$t->stop;
done_testing;
