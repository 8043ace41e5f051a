# What a shop puts before what comes with ordersave: templates, locales, sources
# beside the campaign or in the first of several folders. nginx and the workers
# find the same; what a locale lacks keeps nobody from starting.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my $t = OrderSave::Worker->new;
my $json = JSON::PP->new->utf8->canonical;
$t->{overrides} = {site => 'https://shop.test', locales => [qw(en fr eo fr-CA)],
    offers => [{id => 'match', reasons => ['*'], give => {request => {for => 'match'}}}]};
$t->start(no_worker => 1);
my ($dir, $share) = ($t->{dir}, $t->{share});
mkdir $t->path($_) or die "$_: $!" for qw(site site/templates site/locales site/sources templates locales);
my @before = sort map { "$_ " . (stat)[9] } glob "$share/*/*";

sub locale { return $json->decode($t->read("$share/locales/$_[0].json" =~ s{^\Q$dir\E/}{}r)) }
sub read_share { open my $fh, '<', "$share/$_[0]" or die "$_[0]: $!"; local $/; return <$fh> }

my $de = $json->decode(read_share('locales/en.json'));
@$de{qw(locale name)} = ('eo', 'Esperanto');
$de->{texts} = {'offer.intro' => 'Bestellung behalten', 'subject.cancelled' => 'x'};
delete $de->{texts}{'subject.cancelled'};
$t->write('site/locales/eo.json', $json->encode($de));
$t->write('locales/fr.json', $json->encode({locale => 'fr', texts => {'offer.intro' => 'Je garde tout'}}));
$t->write('locales/fr-CA.json', $json->encode({locale => 'fr-CA', name => 'Français (Canada)', texts => {'offer.intro' => 'Garder ma commande, merci'}}));

# nginx

my $folders = "$dir/site:$share";
$t->configure(share => $folders);
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->{share} = $folders;
$t->start_nginx(server => $t->woo);
my $log = $t->read('logs/nginx.out') . $t->read('logs/error.log');
like $log, qr/\[warn\].*locale "eo" lacks \d+ texts, which will be English: .* and \d+ more/, 'a warning says what a locale lacks';
unlike $log, qr/locale "fr/, 'and none of what its own language says';

my %order;
$t->start_worker;
for my $locale (qw(en eo fr fr-CA)) {
    $order{$locale} = $t->buy(customer => 'ada', status => 'processing', locale => $locale, consent => {email => 'yes'},
        billing => {email => lc "$locale\@shop.test"});
}
ok $t->settled, 'orders of several languages';
sub page {
    my $page = $t->get($order{$_[0]}{cancel_url} =~ s{^https?://[^/]+}{}r)->{body};
    utf8::decode($page);
    return $page;
}

my $page = page('eo');
like $page, qr/<html lang="eo"/, 'a page of that locale';
like $page, qr/Bestellung behalten/, 'has what it says';
like $page, qr/Cancel/i, 'and what English says for it';
$page = page('fr');
like $page, qr/Je garde tout/, 'a shop’s own word beside the campaign';
like $page, qr/annuler/i, 'stands in ours of that language';
$page = page('fr-CA');
like $page, qr/<html lang="fr-CA"/, 'a variety';
like $page, qr/Garder ma commande, merci/, 'has its own word';
like $page, qr/annuler/i, 'and those of its language';
unlike $page, qr/Je garde tout/, 'its own goes first';

# templates: a page, a part of all, a mail

$t->write('site/templates/page_offer.html.mustache', read_share('templates/page_offer.html.mustache') . '<!-- of the site -->');
$t->write('templates/bottom.mustache', read_share('templates/bottom.mustache') . '<!-- of the campaign -->');
$t->write('site/templates/bottom.mustache', '<!-- never -->');
$t->write('templates/cancelled.subject.mustache', 'Gone: {{order.number}}');
$t->kill_now('nginx', 'QUIT');
$t->start_nginx(server => $t->woo);
$page = page('en');
like $page, qr/<!-- of the site -->/, 'a page of the first folder';
like $page, qr/<!-- of the campaign -->/, 'a part beside the campaign';
unlike $page, qr/never/, 'which goes before';
is +($t->ctl('render', 'offer', '-o', $t->path('offer.html')))[0], 0, 'ordersavectl renders';
like $t->read('offer.html'), qr/<!-- of the campaign -->/, 'the same';
is +($t->ctl('render', 'cancelled', '-k', 'text'))[0], 0, 'and a mail';
$t->kill_now('worker');
$t->start_worker;
$t->tell($order{en}, kind => 'asked', via => 'page', reason => 'costs');
my (undef, $gone) = $t->{demo}->api('PUT', "/orders/$order{en}{order}{id}", {status => 'cancelled'});
$t->webhook($gone);
my ($mail) = $t->mails(1, to => 'en@shop.test', subject => 'Gone');
is $mail->{subject}, "Gone: $order{en}{order}{number}", 'the worker sends the shop’s own words';

# sources: nginx checks the signature by the same file

my $map = $json->decode(read_share('sources/generic.json'));
$t->write('site/sources/mine.json', $json->encode($map));
my ($rc, $out) = $t->ctl('check');
like $out, qr/^ok - all templates, in all languages, and sources/m, 'check finds them all well';
like $out, qr/^ok - texts of all languages: locale "eo" lacks \d+ texts/m, 'and tells what is English';
$t->write('site/sources/mine.json', '{');
(undef, undef, $out) = $t->ctl('check');
like $out, qr{site/sources/mine\.json:\d+:\d+: }, 'a broken source of the shop’s is named';
like $t->nginx_test(server => $t->woo), qr{site/sources/mine\.json:\d+:\d+: }, 'by nginx as well' if $t->can('nginx_test');
unlink $t->path('site/sources/mine.json');

# ordersavectl locale

($rc, $out) = $t->ctl('locale', 'list');
is $rc, 0, 'the languages';
like $out, qr/^eo +Esperanto +\d{2,} missing$/m, 'one that lacks much';
utf8::decode($out);
like $out, qr/^fr +Français +0 missing$/m, 'one that is whole';
($rc, $out) = $t->ctl('locale', 'missing', 'eo');
is $rc, 1, 'what a language lacks is a finding';
like $out, qr/^page\.optional: optional$/m, 'each with its English';
unlike $out, qr/^offer\.intro:/m, 'but what it has';
($rc, $out) = $t->ctl('locale', 'missing', 'fr-CA');
is "$rc$out", '0', 'a variety lacks nothing that its language says';
($rc, $out) = $t->ctl('locale', 'new', 'pt-AO', '--from', 'fr');
is $rc, 0, 'a new one';
my $new = $json->decode($t->read('locales/pt-AO.json'));
is $new->{locale}, 'pt-AO', 'beside the campaign, by its own tag';
is_deeply $new->{texts}, $json->decode($t->read('locales/fr.json'))->{texts}, 'with the texts of the other';
$t->write('locales/pt-AO.json', '{"mine": 1}');
($rc, $out) = $t->ctl('locale', 'new', 'pt-AO');
is $rc, 1, 'one that is there';
is $t->read('locales/pt-AO.json'), '{"mine": 1}', 'stays as it is';
is +($t->ctl('locale', 'new', '../x'))[0], 2, 'no tag, no file';
is +($t->ctl('locale', 'missing', 'xx'))[0], 1, 'a language that nobody has';

is_deeply [sort map { "$_ " . (stat)[9] } glob "$share/*/*"], \@before, 'nothing that comes with ordersave was touched';
$t->stop;
done_testing;
