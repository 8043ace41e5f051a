# An accept is recorded once: the same token gets the same answer.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use POSIX ();
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new(campaign => {offers => [
    {id => 'ten', reasons => ['*'], give => {coupon => {pool => 'save10', percent => '10'}},
     limit => {per_customer => 1, budget => {EUR => '20.00'}}},
    {id => 'size', reasons => ['changed_mind'], give => {request => {}}},
]})->start_redis->start_upstream(sub { "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n" });

sub stock {
    my ($id, @codes) = @_;
    my $what = "shop/$id";
    $t->redis('RPUSH', $t->key('pool:shop/save10', $what), @codes);
    $t->redis('SET', $t->key('budget:shop/ten/EUR', $what), 2000);
}

$t->order(19, customer => 'ana');
$t->order(20, customer => 'ana');
$t->order(21, customer => 'ben');
stock($_, "CODE-$_") for 19, 20, 21;
$t->start_nginx(server => $t->woo);

my $page = $t->get($t->cancel_uri(19));
my $token = OrderSave::Nginx::token($page);
my $late = OrderSave::Nginx::token($t->get($t->cancel_uri(20)));

# GET never commits

is $t->get($t->cancel_uri(19) . "&ordersave_do=accept:ten&ordersave_token=$token")->{status}, 200, 'a GET with a token only shows';
is $t->redis('GET', $t->decision_key(19)), undef, 'and decides nothing';

my @accept = ([ordersave_reason => 'costs'], [ordersave_do => 'accept:ten'], [ordersave_token => $token]);
my $answer = $t->post($t->cancel_uri(19), \@accept);
is $answer->{status}, 303, 'accepted';
like OrderSave::Nginx::header($answer, 'Location'), qr{/ordersave/kept/}, 'and sent to the kept page';

my $decision = decode_json $t->redis('GET', $t->decision_key(19));
is_deeply [@$decision{qw(state offer code reason applied)}], ['accepted', 'ten', 'CODE-19', 'costs', 'pending'], 'the decision';
is $decision->{terms}{amount}, 450, 'with the terms that were shown';
is $t->redis('GET', $t->key('budget:shop/ten/EUR', 'shop/19')), 1550, 'the budget is less by it';

my $again = $t->post($t->cancel_uri(19), \@accept);
is $again->{status}, 303, 'a double click gets the same answer';
is scalar(grep { $_->{kind} eq 'accepted' } $t->events(19)), 1, 'and is recorded once';
is $t->redis('GET', $t->key('budget:shop/ten/EUR', 'shop/19')), 1550, 'and is paid for once';

my $kept = $t->get($t->cancel_uri(19));
is $kept->{status}, 200, 'the cancel URL now shows what was kept';
like $t->logged(qr/ kept /), qr/ 200 kept /, 'and says so';
like $kept->{body}, qr/value="cancel"/, 'with cancel anyway on it';

# the customer's limit holds across orders, even for a page shown before

$answer = $t->post($t->cancel_uri(20), [[ordersave_do => 'accept:ten'], [ordersave_token => $late]]);
is $answer->{status}, 403, 'once per customer';
is $t->redis('GET', $t->decision_key(20)), undef, 'nothing is decided';

# forged, foreign, expired

my $payload = OrderSave::Nginx::token_payload(OrderSave::Nginx::token($t->get($t->cancel_uri(21))));
for my $case (
    ['another key', $t->sign($payload, 'x' x 40)],
    ['an unknown key id', $t->sign($payload, undef, 'k9')],
    ['another order', $t->sign({%$payload, o => '19'})],
    ['another store', $t->sign({%$payload, s => 'other'})],
    ['another purpose', $t->sign({%$payload, p => 'score'})],
    ['expired', $t->sign({%$payload, x => time - 1})],
    ['another secret', $t->sign({%$payload, h => 'x' x 16})],
    ['no ownership', $t->sign({map { $_ => $payload->{$_} } grep { $_ ne 'h' } keys %$payload})],
    ['nonsense', 'nonsense'],
) {
    my ($name, $forged) = @$case;
    my $a = $t->post($t->cancel_uri(21), [[ordersave_do => 'accept:ten'], [ordersave_token => $forged]]);
    is $a->{status}, 403, "refused: $name";
    unlike $a->{body}, qr/Blue mug|50\.00/, "$name: nothing of the order is shown";
}
is $t->redis('GET', $t->decision_key(21)), undef, 'none of them decided anything';

$answer = $t->post($t->cancel_uri(21), [[ordersave_do => 'accept:other'], [ordersave_token => $t->sign($payload)]]);
is $answer->{status}, 403, 'an offer that was not shown cannot be taken';

# terms once shown are kept, whatever the campaign says later

my $shown = OrderSave::Nginx::token($t->get($t->cancel_uri(21)));
my $campaign = decode_json $t->read('campaign.json');
$campaign->{revision} = 2;
$campaign->{offers}[0]{give}{coupon}{percent} = '5';
$t->write('campaign.json', encode_json $campaign);
$t->reload;
$t->wait_for('the new campaign', sub {
    my $p = $t->get($t->cancel_uri(21));
    my $token = OrderSave::Nginx::token($p);
    $token && OrderSave::Nginx::token_payload($token)->{r} == 2;
});
$answer = $t->post($t->cancel_uri(21), [[ordersave_do => 'accept:ten'], [ordersave_token => $shown]]);
is $answer->{status}, 303, 'an offer of the page before';
$decision = decode_json $t->redis('GET', $t->decision_key(21));
is_deeply [@{$decision->{terms}}{qw(percent amount)}, $decision->{rev}], ['10', 450, 1], 'is kept as it was shown';

# who asked to cancel cannot be kept by an old tab

$t->order(22, customer => 'cleo');
stock(22, 'CODE-22');
$shown = OrderSave::Nginx::token($t->get($t->cancel_uri(22)));
$t->redis('SET', $t->decision_key(22), '{"state":"declined"}');
$answer = $t->post($t->cancel_uri(22), [[ordersave_do => 'accept:size'], [ordersave_token => $shown]]);
is $answer->{status}, 200, 'a page';
$t->logged(qr/asked-page/) or fail 'asked page';
is decode_json($t->redis('GET', $t->decision_key(22)))->{state}, 'declined', 'declined stays declined';

# what another tab decided between look and accept gives the limit back

for my $case (['{"state":"declined"}', undef, 'declined there: the limit is free again'],
              ['{"state":"accepted","offer":"size","kind":"request","terms":{"kind":"request","give":"request"}}', 'size',
               'accepted there: it counts for that']) {
    my ($decision, $left, $name) = @$case;
    my $id = $left ? 24 : 23;
    $t->order($id, customer => "dora$id");
    stock($id, "CODE-$id");
    my $shown = OrderSave::Nginx::token($t->get($t->cancel_uri($id)));
    # Redis takes what is written in the order in which it came, once both wait
    $t->redis('CLIENT', 'PAUSE', '600000', 'WRITE');
    my @both = (
        sub { $t->redis('SET', $t->decision_key($id), $decision) },
        sub { $t->post($t->cancel_uri($id), [[ordersave_do => 'accept:ten'], [ordersave_token => $shown]]) },
    );
    my @pids;
    for my $n (0, 1) {
        push @pids, fork // die "fork: $!";
        if (!$pids[-1]) {
            $both[$n]->();
            POSIX::_exit(0);
        }
        $t->wait_for('it to wait', sub { $n + 1 == grep { / flags=\w*b/ } split /\n/, $t->redis('CLIENT', 'LIST') });
    }
    $t->redis('CLIENT', 'UNPAUSE');
    waitpid $_, 0 for @pids;
    my $limit = $t->key("limit:shop/dora$id", "shop/dora$id");
    ok $t->wait_for('the limit', sub { (($t->redis('HGET', $limit, $id) // '') =~ /^(\S*)/)[0] eq ($left // '') }), $name;
    is decode_json($t->redis('GET', $t->decision_key($id)))->{state}, ($left ? 'accepted' : 'declined'), 'and the first decision stays';
}

$t->stop;
done_testing;
