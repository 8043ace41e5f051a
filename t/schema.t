# The published schemas say what we say: each fault is one for ajv as well, and
# what we take ajv takes.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use OrderSave::Nginx;

my $root = $OrderSave::Nginx::ROOT;
plan skip_all => 'the packages of t/browser are not installed' unless -d "$root/t/browser/node_modules/ajv";

my $t = OrderSave::Nginx->new;
$t->{redis_port} = 1;
my $json = JSON::PP->new->canonical->utf8;

# what is changed in a good campaign
my @cases = (
    ['as it is', sub { }],
    ['no store', sub { delete $_[0]{store} }],
    ['a store in capitals', sub { $_[0]{store} = 'Shop' }],
    ['a revision in quotes', sub { $_[0]{revision} = 'one' }],
    ['a revision of 0', sub { $_[0]{revision} = 0 }],
    ['an unknown member', sub { $_[0]{offer} = [] }],
    ['a site with a path', sub { $_[0]{site} = 'http://shop.test/x' }],
    ['an empty brand name', sub { $_[0]{brand}{name} = '' }],
    ['a brand name of 80 letters', sub { $_[0]{brand}{name} = "\x{e9}" x 80 }],
    ['a brand name of 81 letters', sub { $_[0]{brand}{name} = "\x{e9}" x 81 }],
    ['a colour', sub { $_[0]{brand}{accent} = '#12ab9F' }],
    ['no colour', sub { $_[0]{brand}{accent} = 'red' }],
    ['no locale', sub { $_[0]{locales} = [] }],
    ['a strange contact', sub { $_[0]{contacts} = [{kind => 'pigeon', value => 'x'}] }],
    ['a holdout of 101', sub { $_[0]{experiment} = {name => 'x', holdout => 101} }],
    ['a holdout of 2.5', sub { $_[0]{experiment} = {name => 'x', holdout => 2.5} }],
    ['two gifts in one', sub { $_[0]{offers}[0]{give}{free_shipping} = {} }],
    ['no gift', sub { $_[0]{offers}[0]{give} = {} }],
    ['a percent that is none', sub { $_[0]{offers}[0]{give} = {discount => {percent => 'ten'}} }],
    ['a price without a currency', sub { $_[0]{offers}[0]{limit} = {budget => {euro => '5'}} }],
    ['an offer without a reason', sub { $_[0]{offers}[0]{reasons} = [] }],
    ['a payment that is none', sub { $_[0]{offers}[0]{when} = {payment => ['barter']} }],
    ['a text', sub { $_[0]{offers}[0]{title} = 'for all' }],
    ['a text by language', sub { $_[0]{offers}[0]{title} = {en => 'for all'} }],
    ['a text that is a number', sub { $_[0]{offers}[0]{title} = 5 }],
    ['a duration', sub { $_[0]{valid} = '1h30m' }],
    ['a duration that is none', sub { $_[0]{valid} = 'soon' }],
    ['an API without a read', sub { $_[0]{api} = {base => 'http://x', source => 'woocommerce'} }],
    ['an action nobody knows', sub { $_[0]{api} = {base => 'http://x', source => 'woocommerce', read => {url => '/'}, actions => {dance => []}} }],
    ['a null', sub { $_[0]{brand}{url} = undef }],
);

my (@files, @ours);
for my $i (0 .. $#cases) {
    my $campaign = $json->decode($json->encode($t->campaign));
    $cases[$i][1]->($campaign);
    push @files, $t->write("c$i.json", $json->encode($campaign));
    my ($ok, $text) = $t->try_config(server => "location /x/ { ordersave_campaign $files[-1]; }");
    push @ours, $ok ? 'good' : $text =~ /c$i\.json:\d+:\d+: (.*?) in / ? $1 : $text;
}
push @files, "$root/demo/campaign.json";
push @cases, ["the demo's"];
push @ours, 'good';

open my $ajv, '-|', 'node', "$root/t/browser/schema.js", "$root/campaign/campaign.schema.json", @files or die "node: $!";
my @theirs = map { chomp; $_ } <$ajv>;
is scalar(@theirs), scalar(@files), 'ajv takes the schema';
for my $i (0 .. $#cases) {
    is $ours[$i] eq 'good' ? 'good' : 'bad', $theirs[$i] eq 'good' ? 'good' : 'bad', $cases[$i][0]
        or diag "we: $ours[$i]\najv: $theirs[$i]";
}
cmp_ok scalar(grep { $_ ne 'good' } @theirs), '>=', 20, 'and most of these are faults';
done_testing;
