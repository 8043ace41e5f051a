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
     qr/worker\.json:1:\d+: \/key_file: \/nonexistent: cannot be opened/,
     'no key file'],
    [$good =~ s/"stores":\{"shop"/"stores":{"shop2"/r,
     qr/campaign\.json:1:\d+: \/store: "shop2" expected, as /,
     'a campaign of another store'],
    [$good =~ s/("campaign":")[^"]+/$1none.json/r,
     qr{worker\.json:1:\d+: /stores/shop/campaign: \S+none\.json: cannot be},
     'no campaign'],
    [$good =~ s/("smtp":\{)/$1"password_file":"none",/r,
     qr{worker\.json:1:\d+: /smtp/password_file: \S+/none: cannot be opened},
     'no password'],
    [$good =~ s/\{"campaign":/{"smtp":{"host":"a","password_file":"none"},$&/r
         =~ s/\{\{/{/r =~ s/,\{"campaign"/,"campaign"/r,
     qr{worker\.json:1:\d+: /stores/shop/smtp/password_file: \S+/none: },
     "no password of a store's own mail server"],
    [$good =~ s/"smtp":/"sms":{"kind":"generic","url":"http:\/\/x","body":{"to":["{{#to}}"]}},$&/r,
     qr{worker\.json:1:\d+: /sms/body/to/0: template:1:1: expected the end of},
     'a body for the SMS gateway that is no template'],
    [$good =~ s/"smtp":/"sms":{"kind":"generic","url":"http:\/\/x\/{{too}}"},$&/r,
     qr{worker\.json:1:\d+: /sms/url: "too" is not known here; expected one of to, from, text, id, account},
     'a name that no SMS has'],
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

# what only shows when an offer is accepted is told before

my $whole = JSON::PP->new->canonical->encode($t->campaign);

for my $fault (
    ['an action that is no template', '/api/actions/discount/0/body/fee_lines/0/total',
     sub { $_[0]{api}{actions}{discount}[0]{body}{fee_lines}[0]{total} = '-{{#amount}}' },
     'template:1:2: expected the end of section "amount"'],
    ['a name that no action has', '/api/read/url',
     sub { $_[0]{api}{read}{url} = '/{{ordr.id}}' }, '"ordr.id" is not known here; expected one of order.id'],
    ['a source that is none', '/api/source', sub { $_[0]{api}{source} = 'nope' }, '/sources/nope.json cannot be read'],
    ['no password of the API', '/api/basic_file', sub { $_[0]{api}{basic_file} = '/nowhere' },
     '/nowhere: cannot be opened'],
    ['a sender that is none', '/mail/from', sub { $_[0]{mail}{from} = 'not an address' }, 'expected an address'],
    ['a support that is none', '/mail/support', sub { $_[0]{mail}{support} = 'x' }, 'expected an address'],
    ['an answer to nobody', '/mail/reply_to', sub { $_[0]{mail}{reply_to} = 'a@b@c' }, 'expected an address'],
    ['half a yen', '/offers/1/give/discount/amount/JPY',
     sub { $_[0]{offers}[1]{give}{discount}{amount}{JPY} = '5.50' }, 'expected at most 0 digits after the point'],
    ['a contact that is a script', '/contacts/0/value',
     sub { $_[0]{contacts} = [{kind => 'chat', value => 'javascript:alert(1)'}] }, 'expected a link'],
    ['a bonus of no credit', '/offers/0/give/request/bonus',
     sub { $_[0]{offers}[0]{give} = {request => {for => 'match', bonus => '5'}} }, 'expected "for": "credit" beside it'],
    ['more than twice the money', '/offers/0/give/request/bonus',
     sub { $_[0]{offers}[0]{give} = {request => {for => 'credit', bonus => '100.5'}} }, 'expected at most 100'],
    ['an age that no order has', '/offers/0/when/max_age',
     sub { $_[0]{offers}[0]{when} = {min_age => '3d', max_age => '47h'} }, 'expected more than "min_age"'],
    ['a total that no order has', '/eligible/max_total/EUR',
     sub { $_[0]{eligible} = {min_total => {EUR => '50.01'}, max_total => {EUR => '50.00', USD => '1.00'}} }, 'expected at least "min_total"'])
{
    my ($what, $where, $change, $like) = @$fault;
    my $campaign = JSON::PP->new->decode($whole);
    $change->($campaign);
    $t->write('campaign.json', JSON::PP->new->canonical->indent->encode($campaign));

    my ($rc, undef, $said) = $t->ctl('check');
    my $worker = `$t->{worker} -t -c $file 2>&1`;

    is $rc, 1, "$what: ordersavectl finds it";
    is $? >> 8, 1, "$what: the worker refuses it";
    for ($said, $worker) {
        like $_, qr{campaign\.json:(?!1:1:)\d+:\d+: \Q$where\E: .*\Q$like\E}, "$what: with its place";
    }
}

# the number of shards is Redis' to say
$t->write('worker.json', $good);
$t->write('campaign.json', JSON::PP->new->encode($t->campaign));
$t->redis('HSET', $t->shard_key(0, 'config'), 'shards', 8);
my $wrong = `$t->{worker} -c $file 2>&1`;
is $? >> 8, 1, 'a wrong number of shards stops the worker';
like $wrong, qr{/redis/shards: 8 expected}, 'and it says which is right';

$t->stop;
done_testing;
