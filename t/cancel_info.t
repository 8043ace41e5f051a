# Offers that are words alone: talk to us, returns, no account. They are read on
# the page, below their reason; there is nothing to accept.

use strict;
use warnings;

use JSON::PP;
use Test::More;

use OrderSave::Nginx;

my $t = OrderSave::Nginx->new(campaign => {
    locales => ['en', 'id', 'ko', 'fr'],
    contacts => [{kind => 'phone', value => '+49 30 901820', hours => {en => 'Mon to Fri, 9 to 18; within an hour', fr => 'du lundi au vendredi'}},
                 {kind => 'email', value => 'help@shop.test'}],
    policy => {returns => {text => 'As new, in its box', exchange => 'for another size', refund => 'to your card', cost => 'we pay', days => 30, url => '/returns'}},
    offers => [
        {id => 'talk', reasons => ['changed_mind', 'other'], generic => JSON::PP::true, give => {info => {about => 'help'}}},
        {id => 'back', reasons => ['return_policy'], give => {info => {about => 'returns'}}},
        {id => 'guest', reasons => ['account'], give => {info => {about => 'guest'}}},
        {id => 'words', reasons => ['costs'], give => {info => {}}, title => 'What is <in> the price', text => 'Shipping, and a gift card'},
        {id => 'ten', reasons => ['costs'], give => {discount => {percent => '10'}}},
    ],
})->start_redis->start_upstream(sub { "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n" });
$t->start_nginx(server => $t->woo);

# What the page says below a reason.
sub below {
    my ($page, $reason) = @_;
    my ($part) = $page->{body} =~ /<label for="reason-$reason">(.*?)(?:<input type="radio"|<\/fieldset>)/s;
    return $part // '';
}

my %first = (en => 'Talk to us first', fr => 'Parlons-en', id => 'Bicarakan dulu', ko => "\xeb\xa8\xbc\xec\xa0\x80 \xeb\xac\xb8\xec\x9d\x98");
my $id = 10;
for my $locale (qw(en id ko fr)) {
    $t->order(++$id, locale => $locale);
    my $page = $t->get($t->cancel_uri($id));
    is $page->{status}, 200, "$locale: the page";
    my $talk = below($page, 'changed_mind');
    like $talk, qr/\Q$first{$locale}\E/, "$locale: talk to us";
    like $talk, qr{href="tel:\+4930901820".*href="mailto:help\@shop\.test"}s, "$locale: with the contacts";
    like below($page, 'return_policy'), qr/As new, in its box.*30.*for another size.*to your card.*we pay/s, "$locale: returns, with all that the policy says";
    unlike "$talk@{[below($page, 'return_policy')]}@{[below($page, 'account')]}", qr/accept:|\{\{|class="b"/, "$locale: with nothing to accept";
    like below($page, 'account'), qr/<h3>[^<]+<\/h3>\s*<p>[^<]+<\/p>/, "$locale: and no account";
}

my $page = do { $t->order(++$id); $t->get($t->cancel_uri($id)) };
like below($page, 'changed_mind'), qr/Mon to Fri, 9 to 18; within an hour/, 'when somebody answers, and how soon';
unlike below($page, 'return_policy'), qr/arrives as planned/, 'no day where none was promised';
for my $case (['2026-12-01', 'December 31, 2026'], ['2026-12-31', 'January 30, 2027'], ['soon', '']) {
    my ($arrives, $until) = @$case;
    $t->order(++$id, track => {arrival => {from => '2026-11-30', to => $arrives, by => 'shop'}});
    my ($said) = below($t->get($t->cancel_uri($id)), 'return_policy') =~ /arrives as planned, you have until ([^<]*?)\./;
    is $said // '', $until, "it arrives by $arrives: until '$until'";
}
like $page->{body}, qr/What is &lt;in&gt; the price.*Shipping, and a gift card/s, "the shop's own words";
like below($page, 'return_policy'), qr{href="/returns"}, 'with a link to all of it';
like below($page, 'costs'), qr/accept:ten/, 'beside an offer that can be accepted';
unlike $page->{body}, qr/accept:words/, 'which they cannot';
my $pressed = $t->post($t->cancel_uri($id), [[ordersave_do => 'accept:talk'], [ordersave_token => OrderSave::Nginx::token($page)]]);
isnt $pressed->{status}, 303, 'whoever presses a button that is not there';
is $t->redis('GET', $t->decision_key($id)), undef, 'has decided nothing';
is scalar(my @asked = grep { $_->{line} =~ /cancel_order/ } $t->upstream_requests), 0, 'and cancelled nothing';

my $stranger = $t->get($t->cancel_uri($id) =~ s/([?&]order=)[^&]+/${1}wrong/r);
like $stranger->{body}, qr/Talk to us first/, 'whoever is not the owner reads what is for all';
unlike $stranger->{body}, qr/As new, in its box/, 'and not the rest';

my $json = decode_json $t->get($t->cancel_uri($id), bare => 1, headers => ['Accept: application/vnd.ordersave+json'])->{body};
my ($talk) = grep { $_->{id} eq 'talk' } map { @{$_->{offers}} } @{$json->{reasons}};
ok $talk->{information}, 'a storefront of its own gets it as well';
is $talk->{url}, undef, 'with nothing to open';

done_testing;
