# The way to a withdrawal: in every page, in the words that the law has in the
# page's own language, for everybody alike; caches keep such a page. No offer
# stands in front of one.

use strict;
use warnings;
use utf8;
use Encode qw(decode_utf8 encode_utf8);
use Test::More;
use OrderSave::Nginx;
use OrderSave::Splice;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my $t = splice_test(campaign => {withdrawal => {}, mail => {from => 'a@shop.test', support => 'help@shop.test'}});
my %head = (de => '<!doctype html><html lang="de">', at => "<!DOCTYPE html>\n<html class=a  lang='de-AT'>", el => '<!doctype html><html lang=el>', fr => '<html dir=ltr lang="FR"><head>', ja => '<html lang="ja">', he => '<html lang="he" dir="rtl">', ar => '<html lang="ar-EG" dir="rtl">',
    ko => '<html lang="ko">', none => '<!doctype html>', empty => '<html lang="">', amp => '<html amp lang="it">', latin => '<html lang="pl">', data => '<html data-lang="fi" lang="sv">', late => '<!doctype html><!--' . 'x' x 1500 . '--><html lang="cs">');
$t->start_upstream(sub {
    my ($head) = @_;
    my ($name) = $head =~ m{^\S+ /(\w+)};
    return answer(($head{$name} // '') . "<body><p>a page</p></body>\n", ETag => '"s1"', 'Cache-Control' => 'max-age=60', 'Content-Type' => 'text/html; charset=' . ($name eq 'latin' ? 'iso-8859-2' : 'utf-8'));
});
$t->start_redis;
my $link = 'location / { ordersave_insert withdraw append body; proxy_pass http://store; }';
$t->start_nginx(server => "$link location /ordersave/ { ordersave_api on; } location /forced/ { ordersave_insert withdraw append body; ordersave_locale fr; proxy_pass http://store/; }
    location /any/ { ordersave_insert withdraw append body; ordersave_locale \$arg_l; proxy_pass http://store/; }");
sub said { my ($uri, @headers) = @_; my $r = $t->get($uri, headers => \@headers); return decode_utf8($r->{body}) =~ m{<p>a page</p><p class="ordersave-block ordersave-withdraw" lang="(\w+)"><a href="/ordersave/withdraw\?lang=\g1">([^<]*)</a></p>\s*</body>} ? "$1 $2" : $r->{body} }
my %want = (de => 'de Vertrag widerrufen', at => 'de Vertrag widerrufen', el => 'el Πατήστε εδώ για υπαναχώρηση', fr => 'fr Renoncer au contrat ici', ja => 'en Withdraw from contract here', he => 'en Withdraw from contract here', ar => 'en Withdraw from contract here', ko => 'ko 여기에서 계약 철회하기',
    none => 'en Withdraw from contract here', empty => 'en Withdraw from contract here', amp => 'it Recedere dal contratto qui', latin => 'pl Odst&#261;p od umowy tutaj', data => 'sv Ångra avtalet här', late => 'en Withdraw from contract here');
is said("/$_"), $want{$_}, "a page: $_" for sort keys %want;
is said('/forced/de'), 'fr Renoncer au contrat ici', 'as the configuration has it';
is said('/any/de?l=it'), 'it Recedere dal contratto qui', 'or the request';
is said('/de', 'Accept-Language: fr'), 'de Vertrag widerrufen', 'whatever the browser would like';

# it is the same for all: caches may keep it, though the campaign has languages

my $r = $t->get('/de');
like my $tag = OrderSave::Nginx::header($r, 'ETag'), qr{^W/"s1;os=[0-9a-f]{8}"$}, 'the page keeps a validator';
is OrderSave::Nginx::header($r, 'Cache-Control'), 'max-age=60', 'and may be kept';
is OrderSave::Nginx::header($t->get('/any/de?l=it'), 'ETag'), undef, 'not where it is the request\'s';
is $t->get('/ordersave/withdraw?lang=de')->{status}, 200, 'it leads to the function';
$t->kill_now('nginx', 'QUIT');

# a language that is none of the Union's: the shop's, where that is one; English

for my $case ([[qw(de en)], 'de Vertrag widerrufen', 'de', 'Ihr Name'], [[qw(he fr)], 'en Withdraw from contract here', 'en', 'Your name'], [[qw(fr he)], 'fr Renoncer au contrat ici', 'fr', 'Votre nom']) {
    my ($locales, $label, $lang, $name) = @$case;
    $t->write('campaign.json', JSON::PP::encode_json($t->campaign(withdrawal => {}, locales => $locales, country_locales => {}, mail => {from => 'a@shop.test', support => 'help@shop.test'})));
    $t->start_nginx(server => "$link location /ordersave/ { ordersave_api on; }");
    is said("/$_"), $label, "@$locales: a page in $_" for qw(he ar ja);
    is said('/el'), 'el Πατήστε εδώ για υπαναχώρηση', 'one in Greek has its own';
    for my $uri ('/ordersave/withdraw?lang=he', '/ordersave/withdraw?lang=ar-EG', '/ordersave/withdraw') {
        my $page = decode_utf8($t->get($uri, headers => ['Accept-Language: he, ar;q=0.8'])->{body});
        like $page, qr{<html lang="$lang" dir="ltr">.*\Q$name\E}s, "@$locales: $uri speaks $lang";
    }
    $t->kill_now('nginx', 'QUIT');
}

# what is refused, and what is told

sub cancels { my ($server) = @_; return $t->try_config(server => "ordersave_order_id \$ordersave_arg_order_id; $server location /ordersave/ { ordersave_api on; } $link") }
for my $path (qw(/my-account/withdraw-order/ /widerruf /droit-de-retractation /Recesso /odstoupeni)) {
    my ($ok, $text) = cancels("location $path { ordersave_cancel on; proxy_pass http://store; }");
    ok !$ok, "an offer in front of $path";
    like $text, qr{"ordersave_cancel" in front of a withdrawal \("\Q$path\E"\).* in .*:\d+}, 'is refused, with its line';
}
my ($ok, $text) = cancels('ordersave_cancel $ordersave_has_withdraw_order;');
ok !$ok && $text =~ /in front of a withdrawal \("\$ordersave_has_withdraw_order"\)/, 'by an argument too' or diag $text;
($ok, $text) = cancels('ordersave_cancel $ordersave_has_cancel_order; location /my-account/withdraw-order/ { proxy_pass http://store; }');
ok $ok, 'a server that is watched for cancels is not' or diag $text;
unlike $text, qr/no page of the shop leads/, 'nor told of anything';
($ok, $text) = $t->try_config(server => 'location /ordersave/ { ordersave_api on; }');
like $text, qr{\[warn\].*no page of the shop leads to "/ordersave/withdraw", where .*campaign\.json has contracts withdrawn from: expected "ordersave_insert withdraw"}, 'a function that nothing leads to';
$t->write('campaign.json', JSON::PP::encode_json($t->campaign));
($ok, $text) = $t->try_config(server => $link);
ok !$ok && $text =~ m{"ordersave_insert withdraw" needs "withdrawal" in .*campaign\.json, in .*nginx\.conf:\d+}, 'a way to a function that is not there' or diag $text;

# and what is met is never a withdrawal

$t->write('campaign.json', JSON::PP::encode_json($t->campaign(withdrawal => {}, mail => {from => 'a@shop.test', support => 'help@shop.test'})));
$t->start_nginx(server => $t->woo . $link =~ s/location \//location \/x\//r);
$t->order(19);
like $t->get($t->cancel_uri(19))->{body}, qr/ordersave_token/, 'a cancel is met';
unlike $t->get('/my-account/withdraw-order/?cancel_order=true&order=wc_order_19&order_id=19')->{body}, qr/ordersave_token/, 'a withdrawal is not';
unlike $t->get($t->cancel_uri(19) . '&withdraw-order=1')->{body}, qr/ordersave_token/, 'by whatever argument';

$t->stop;
done_testing;
