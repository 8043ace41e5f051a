# A fault in the configuration is named with file, line, column and what was
# expected, by the worker and by ordersavectl alike.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start(no_worker => 1);
my $good = $t->read('worker.json');
my $file = $t->path('worker.json');

my @faults = (
    ['{ "redis": {} ', qr/worker\.json:1:\d+/, 'no JSON'],
    [$good =~ s/"port":\d+/\n"port":"x"/r,
     qr/worker\.json:\d+:\d+: \/(redis|smtp)\/port: /, 'a wrong member'],
    [$good =~ s/"starttls":"never"/"starttls":"perhaps"/r,
     qr/worker\.json:1:\d+: \/smtp\/starttls: /, 'a word that is none'],
    [$good =~ s/("share":")[^"]+/$1\/nonexistent/r,
     qr/nonexistent/, 'a folder that is none'],
    [$good =~ s/("key_file":")[^"]+/$1\/nonexistent/r,
     qr/nonexistent/, 'no key file'],
    [$good =~ s/"stores":\{"shop"/"stores":{"shop2"/r,
     qr/"shop2" expected/, 'a campaign of another store'],
);

for my $fault (@faults) {
    my ($text, $like, $what) = @$fault;

    $t->write('worker.json', $text);
    my ($rc, undef, $err) = $t->ctl('check');

    is $rc, 1, "$what: ordersavectl finds it";
    like $err, $like, "$what: and says where";

    my $worker = `$t->{worker} -t -c $file 2>&1`;

    is $? >> 8, 1, "$what: the worker refuses it";
    like $worker, $like, "$what: with the same words";
}

$t->write('worker.json', $good);
$t->write('campaign.json',
          $t->read('campaign.json') =~ s/"holdout"|"revision":1/"revision":"one"/r);

my (undef, undef, $err) = $t->ctl('check');
like $err, qr/campaign\.json:\d+:\d+: \/revision: /, 'a campaign likewise';

# the number of shards is Redis' to say
$t->write('worker.json', $good);
$t->write('campaign.json', JSON::PP->new->encode($t->campaign));
$t->redis('HSET', 'ordersave:{' . $t->tag(0) . '}:config', 'shards', 8);
my $wrong = `$t->{worker} -c $file 2>&1`;
is $? >> 8, 1, 'a wrong number of shards stops the worker';
like $wrong, qr{/redis/shards: 8 expected}, 'and it says which is right';

$t->stop;
done_testing;
