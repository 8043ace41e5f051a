# ordersave-worker -t refuses what would only be found when a message is worded:
# a broken template, with its file and line.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
$t->start(no_worker => 1);
# all of the real files: those of a test are too few
$t->configure(share => $t->{share});

sub tested {
    my $said = `$t->{worker} -t -c $t->{dir}/worker.json 2>&1`;
    return ($? >> 8, $said);
}

my ($status, $said) = tested();
is $status, 0, 'what is good passes' or diag $said;

system('cp', '-r', "$t->{share}/.", $t->path('real')) == 0 or die 'no copy';
$t->configure(share => $t->path('real'));
my $file = 'real/templates/applied.txt.mustache';
my $good = $t->read($file);
$t->write($file, "$good\n{{#order}}\nnever ended\n");
($status, $said) = tested();
is $status, 1, 'a broken template is refused';
like $said, qr{templates/applied\.txt\.mustache:\d+}, 'with its file and line';

$t->stop;
done_testing;
