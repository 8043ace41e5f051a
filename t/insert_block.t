# ordersave_insert: whose templates, in which language, what is said when one
# is missing.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new;

my ($ok, $text) = $t->try_config(redis => ' ', server => 'ordersave_insert nothing before main;');
ok !$ok, 'a block without a template is an error';
like $text, qr{campaign/templates/block_nothing\.html\.mustache cannot be read: expected the template of block "nothing", for "ordersave_insert" in .*/nginx\.conf:\d+}, 'which names template, file and line';

mkdir $t->path('templates');
$t->write('templates/block_own.html.mustache', '<div>{{no close</div>');
($ok, $text) = $t->try_config(redis => ' ', server => 'ordersave_insert own before main;');
ok !$ok && $text =~ m{templates/block_own\.html\.mustache:1:\d+: .* in .*:\d+}, 'a faulty one of the shop' or diag $text;

$t->write('templates/block_own.html.mustache', '<div lang="{{locale.lang}}">{{brand.name}}</div>');
($ok, $text) = $t->try_config(redis => ' ', server => 'ordersave_insert own before main; ordersave_insert returns append body; ordersave_insert own after main;');
ok $ok, "the shop's own and ours, without Redis" or diag $text;

done_testing;
