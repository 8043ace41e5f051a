#!/usr/bin/env perl

# ordersavectl check and nginx -t read the same files by the same code: what is
# broken, both refuse, at the same place and in the same words.
# long

use strict;
use warnings;
use lib 't/lib';

use File::Path qw(make_path);
use JSON::PP;
use Test::More;

use OrderSave::Nginx;

my $t = OrderSave::Nginx->new(no_campaign => 1);
my $real = $t->{share};
my $json = JSON::PP->new->canonical->pretty;
my $n = 0;

$t->{redis_port} = 1;                   # nobody is there: files alone are looked at
$t->{share} = $t->path('share');
$t->write('api', "ck:cs\n");
$t->write('worker.json', $json->encode({redis => {host => '127.0.0.1', port => 1, timeout => '1s'},
    key_file => $t->path('keys'), share => $t->path('share'),
    stores => {shop => {campaign => $t->path('campaign.json')}}}));

sub slurp { open my $f, '<:raw', $_[0] or die "$_[0]: $!"; local $/; return scalar <$f> }

sub campaign {
    return {store => 'shop', revision => 1, site => 'http://shop.test', brand => {name => 'Shop'},
        locales => ['en', 'fr'], contacts => [{kind => 'email', value => 'help@shop.test'}],
        offers => [{id => 'less', reasons => ['costs'], give => {discount => {amount => {EUR => '5.00'}}}}],
        api => {base => 'https://store.test', source => 'woocommerce', basic_file => $t->path('api'),
            read => {url => '/{{order.id}}'}, actions => {discount => [{method => 'PUT', url => '/{{order.id}}', body => {a => '{{amount}}'}}]}},
        mail => {from => 'shop@shop.test', support => 'help@shop.test'}};
}

# What both say of the files as they are: (refused, what was said).
sub asked {
    my ($good, $nginx) = $t->try_config(server => 'location / { return 204; }');
    my $check = `$t->{ctl} -c $t->{dir}/worker.json check 2>&1`;
    my $refused = $check !~ /^ok - all templates/m || $check !~ /^ok - locales and templates/m;
    return ($good, $nginx, $refused, $check);
}

make_path($t->path('share'));
system('cp', '-r', "$real/.", $t->path('share')) == 0 or die 'no copy';

# All is as it was; $file of ours is what was broken last.
sub fresh {
    my ($file) = @_;
    $t->write("share/$file", slurp("$real/$file")) if $file;
    $t->write('campaign.json', $json->encode(campaign()));
}

$t->{ctl} //= ($ENV{ORDERSAVE_BIN} // 'build') . '/ordersavectl';
fresh();
my ($good, $nginx, $refused, $check) = asked();
ok $good, 'nginx -t takes what is good' or die $nginx;
ok !$refused, 'and so does check' or die $check;

sub broken {
    my ($name, $break, $file) = @_;
    $break->();
    my ($good, $nginx, $refused, $check) = asked();
    my ($place) = $nginx =~ /\[emerg\] \d+#\d+: (.*?) in \S+:\d+$/m;
    ok !$good && $refused && defined $place && index($check, $place) >= 0, $name
        or diag "nginx -t: $nginx\ncheck: $check";
    $n++;
    fresh($file);
}

sub with_campaign { my ($name, $change) = @_;
    broken("campaign: $name", sub { my $c = campaign(); $change->($c); $t->write('campaign.json', $json->encode($c)) }) }
sub with_text { my ($name, $file, $change) = @_;
    broken("$file: $name", sub { my $text = slurp($t->path("share/$file")); local $_ = $text; $change->(); $t->write("share/$file", $_) }, $file) }

sub gone { my ($name, $file) = @_;
    broken($name, sub { unlink $t->path("share/$file") }, $file) }

with_campaign('a member that is none', sub { $_[0]{offer} = [] });
with_campaign('a revision of 0', sub { $_[0]{revision} = 0 });
with_campaign('no store', sub { delete $_[0]{store} });
with_campaign('a site with a path', sub { $_[0]{site} = 'http://shop.test/x' });
with_campaign('an offer twice', sub { push @{$_[0]{offers}}, $_[0]{offers}[0] });
with_campaign('an offer that gives nothing', sub { delete $_[0]{offers}[0]{give} });
with_campaign('an offer that gives two things', sub { $_[0]{offers}[0]{give}{free_shipping} = {} });
with_campaign('more digits than yen have', sub { $_[0]{offers}[0]{give}{discount}{amount} = {JPY => '5.50'} });
with_campaign('a discount of nothing', sub { $_[0]{offers}[0]{give}{discount}{amount} = {EUR => '0.00'} });
with_campaign('a percentage above 100', sub { $_[0]{offers}[0]{give} = {coupon => {pool => 'p', percent => '101'}} });
with_campaign('a reason that is none', sub { $_[0]{reasons} = ['costs']; $_[0]{offers}[0]{reasons} = ['weather'] });
with_campaign('a duration that is none', sub { $_[0]{valid} = 'soon' });
with_campaign('a locale that is not there', sub { $_[0]{locales} = ['en', 'xx'] });
with_campaign('no locale', sub { $_[0]{locales} = [] });
with_campaign('an offset that is none', sub { $_[0]{utc_offset} = 'CET' });
with_campaign('a source that is not there', sub { $_[0]{api}{source} = 'nope' });
with_campaign('a call with a section that is open', sub { $_[0]{api}{read}{url} = '/{{#order}}' });
with_campaign('a contact of no kind', sub { $_[0]{contacts}[0]{kind} = 'fax' });
with_campaign('an address that is none', sub { $_[0]{mail}{support} = 'nobody' });
with_campaign('a state that is none', sub { $_[0]{state} = 'maybe' });
with_campaign('a status that says nothing known', sub { $_[0]{track} = {statuses => {x => 'gone'}} });
with_campaign('packaging without a title', sub { $_[0]{track} = {packaging => [{id => 'a'}]} });
with_campaign('a webhook of no event', sub { $_[0]{webhooks} = [{url => 'http://h.test', secret_file => 'x', events => ['nothing']}] });
with_campaign('a holdout above 100', sub { $_[0]{experiment} = {name => 'x', holdout => 120} });
broken('campaign: a password in the clear', sub { my $c = campaign(); $c->{api}{base} = 'http://store.test'; $t->write('campaign.json', $json->encode($c)) });
broken('campaign: not JSON', sub { $t->write('campaign.json', "{\n  \"store\": shop }\n") });
broken('campaign: a member twice', sub { $t->write('campaign.json', "{\"store\": \"shop\",\n \"store\": \"shop\"}\n") });
broken('campaign: UTF-16', sub { $t->write('campaign.json', "\xff\xfe{\0}\0") });
broken('campaign: not there', sub { unlink $t->path('campaign.json') });

with_text('not JSON', 'locales/fr.json', sub { s/"name": "[^"]*",/"name": ,/ });
with_text('a text with a section that is open', 'locales/fr.json', sub { s/("order\.total": ")/$1\{\{#a}}/ });
with_text('no form of numbers', 'locales/en.json', sub { s/"decimal"/"point"/ });
with_text('not UTF-8', 'locales/en.json', sub { s/"English"/"Engl\xefsh"/ });

with_text('a section that is open', 'templates/page_offer.html.mustache', sub { $_ .= '{{#never}}' });
with_text('a tag that is open', 'templates/page_track.html.mustache', sub { $_ .= '{{never' });
with_text('another section is closed', 'templates/panel_body.mustache', sub { $_ .= '{{#a}}{{/b}}' });
with_text('a partial that is not there', 'templates/page_review.html.mustache', sub { $_ .= '{{> nowhere}}' });
with_text('a mail with a section that is open', 'templates/applied.txt.mustache', sub { $_ .= '{{#never}}' });
with_text('an SMS with a tag that is open', 'templates/delivered.sms.mustache', sub { $_ .= '{{x' });
with_text('a subject with a partial that is not there', 'templates/cancelled.subject.mustache', sub { $_ = '{{> nowhere}}' });
gone('a script that is not there', 'templates/panel.js');
gone("a dialog's script that is not there", 'templates/ordersave.js');
gone('a dialog that is not there', 'templates/dialog.html.mustache');
gone('a page that is not there', 'templates/page_kept.html.mustache');

with_text('not JSON', 'sources/shopify.json', sub { s/"name"/name/ });
with_text('a signature of no scheme', 'sources/aftership.json', sub { s/hmac-sha256-base64/rot13/ });
with_text('a word of no meaning', 'sources/woocommerce.json', sub { s/"as": "money"/"as": "cash"/ });
with_text('a member that no form has', 'sources/woocommerce.json', sub { s/"find": /"fnd": / });
with_text('a table that is not there', 'sources/shopify.json', sub { s/"map": "milestone"/"map": "milestones"/ });
with_text('a pointer without its slash', 'sources/generic.json', sub { s{"/email"}{"email"} });
with_text('a form that gives nothing', 'sources/saleor.json', sub { s/\{"value": "open"\}/{"default": "open"}/ });
with_text('it maps nothing', 'sources/karrio.json', sub { s/"parcel":/"packet":/ });

cmp_ok $n, '>=', 40, "$n broken files";
done_testing;
