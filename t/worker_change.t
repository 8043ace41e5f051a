# A change of the store: a store that answers too late, as PHP does, has
# carried it out all the same. It is done once, or a person hears that nobody
# knows.
# long

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start(no_worker => 1);

# The store's API with a time-out of one second, and a store that surely is at
# rest four seconds after a change was begun.
sub api {
    my (%over) = @_;
    my $c = decode_json($t->read('campaign.json'));
    $c->{api} = {%{$c->{api}}, timeout => '1s', finished_within => '4s', %over};
    $t->write('campaign.json', encode_json($c));
    return $c->{api};
}

sub asked {
    my ($method, $o, $rest) = @_;
    my $path = "/wp-json/wc/v3/orders/$o->{order}{id}" . ($rest // '');
    return grep { $_->{line} =~ m{^\Q$method $path\E } } @{$t->{demo}->requests};
}

my %refund = (terms => {give => 'discount', amount => 500, currency => 'EUR',
                        refund => {by => 'api'}});

api();
$t->start_worker;

# 1. later than the time-out, and it goes on when the caller has hung up
my @paid = map { $t->buy(customer => 'ada', status => 'processing') } 1 .. 3;
$t->store_fault(match => 'POST /wp-json/.*refunds', times => 3, delay_ms => 2500);
$t->accept($_, %refund) for @paid;
ok $t->counted('refund.done', 3), 'late answers: the refunds are found';
is join(' ', map { scalar @{$t->shop($_)->{refunds}} } @paid), '1 1 1', 'each is made once';

my @open = map { $t->buy(customer => 'ada') } 1 .. 3;
$t->store_fault(match => 'PUT /wp-json/.*', times => 3, delay_ms => 2500);
$t->accept($_) for @open;
ok $t->wait_for('the discounts', sub {
    3 == grep { $t->decision($_)->{applied} eq 'done' } @open
}), 'late answers: the discounts are found';
is join(' ', map { scalar @{$t->shop($_)->{fee_lines}} } @open), '1 1 1', 'each is made once';

# a proxy that gives up on the store says so, and the store goes on
my $o = $t->buy(customer => 'ada');
$t->store_fault(match => 'PUT /wp-json/.*', times => 1, status => 504, behind_ms => 2500);
$t->accept($o);
ok $t->wait_for('the discount', sub { $t->decision($o)->{applied} eq 'done' }),
    '504 from a proxy: found';
is scalar @{$t->shop($o)->{fee_lines}}, 1, 'and made once';

# the store's last word is heard at once: a gateway that cannot pay back
$o = $t->buy(customer => 'ada', status => 'processing', payment_method => 'bacs');
$t->accept($o, %refund);
my ($no) = $t->mails(1, subject => "support_refund $o->{order}{number}");
like $no->{text}, qr/^why the store's API at \S+ said 500: .*does not support automatic refunds/m, 'a refund that no gateway makes is a person\'s, who reads why';
is scalar(asked(POST => $o, '/refunds')), 1, 'it was asked for once';
is scalar(asked(GET => $o)), 2, 'nobody has looked for it: the store was asked to apply and to refund';
($no) = $t->mails(1, subject => "refunded $o->{order}{number}");
like $no->{text}, qr/^refund .*5\.00 by a person/m, 'the buyer reads the truth';
is $t->decision($o)->{refund}, 'task', 'the decision says so';

# 2. cut before anything was done: a change that can be repeated is, once all
# is at rest; what pays money back is a person's
$o = $t->buy(customer => 'ada');
$t->store_fault(match => 'PUT /wp-json/.*', times => 1, drop => 1);
$t->accept($o);
ok $t->wait_for('the discount', sub { $t->decision($o)->{applied} eq 'done' }),
    'cut: a discount is made again';
my ($first, $second) = asked(PUT => $o);
cmp_ok $second->{at} - $first->{at}, '>=', 4, 'not before the store is at rest';
is scalar(asked(GET => $o)), 3, 'and two readings have not found it';

$o = $t->buy(customer => 'ada', status => 'processing');
$t->store_fault(match => 'POST /wp-json/.*refunds', times => 1, drop => 1);
$t->accept($o, %refund);
my ($mail) = $t->mails(1, subject => "support_refund $o->{order}{number}");
ok $mail, 'cut: a refund is a task for a person';
like $mail->{text}, qr/why not known whether the store paid/, 'who reads why';
is scalar(asked(POST => $o, '/refunds')), 1, 'it was asked for once';

# 3. the merchant pays something back meanwhile: that is not ours
$o = $t->buy(customer => 'ada', status => 'processing');
$t->store_fault(match => 'POST /wp-json/.*refunds', times => 1, status => 503);
$t->accept($o, %refund);
ok $t->wait_for('a first try', sub { asked(POST => $o, '/refunds') }), 'a refund is put off';
$t->{demo}->api('POST', "/orders/$o->{order}{id}/refunds", {amount => '7.00'});
ok $t->counted('refund.done', 4), 'the merchant pays back too: ours is made all the same';
is join(' ', sort map { $_->{total} } @{$t->shop($o)->{refunds}}), '-5.00 -7.00', 'both are there';

$o = $t->buy(customer => 'ada', status => 'processing');
$t->store_fault(match => 'POST /wp-json/.*refunds', times => 1, drop => 1);
$t->accept($o, %refund);
ok $t->wait_for('a first try', sub { asked(POST => $o, '/refunds') }), 'a refund is cut';
$t->store_fault();
$t->{demo}->api('POST', "/orders/$o->{order}{id}/refunds", {amount => '7.00'});
ok scalar $t->mails(1, subject => "support_refund $o->{order}{number}"),
    'another sum than ours is no proof: a person';
is $t->count('refund.done'), 4, 'it does not count as done';

# 4. killed between the change and its answer
$o = $t->buy(customer => 'ada', status => 'processing');
$t->store_fault(match => 'POST /wp-json/.*refunds', times => 1, delay_ms => 2500);
$t->accept($o, %refund);
ok $t->wait_for('the change', sub { asked(POST => $o, '/refunds') }), 'a change is out';
$t->kill_now('worker');
$t->start_worker;
ok $t->counted('refund.done', 5), 'killed: found by the next worker';
is scalar @{$t->shop($o)->{refunds}}, 1, 'and made once';

# 5. stopped between its reading and its change, for longer than a lease: the
# shard is another's, and so is the change
$o = $t->buy(customer => 'ada');
$t->store_fault(match => 'GET /wp-json/.*', times => 1, delay_ms => 900);
$t->accept($o);
ok $t->wait_for('a reading', sub { asked(GET => $o) }), 'an order is being read';
kill STOP => $t->{pids}{worker};
$t->start_worker('other');
ok $t->wait_for('the other', sub { $t->decision($o)->{applied} eq 'done' }),
    'another worker takes it and applies it';
kill CONT => $t->{pids}{worker};
ok $t->wait_for('the first to know', sub { $t->log =~ /lease ran out|lost to another/ }),
    'the first one goes on';
$t->settled;
is scalar(asked(PUT => $o)), 1, 'and changes nothing';
$t->kill_now('other', 'TERM');

# 6. a store that folds a request by its key is asked again
my $api = api();
$api->{actions}{refund}[0]{headers} = {'Idempotency-Key' => '{{nonce}}'};
api(actions => $api->{actions});
$t->kill_now('worker', 'TERM');
$t->start_worker;
$o = $t->buy(customer => 'ada', status => 'processing');
$t->store_fault(match => 'POST /wp-json/.*refunds', times => 1, drop => 1);
$t->accept($o, %refund);
ok $t->counted('refund.done', 6), 'with a key: made again';
is scalar(asked(POST => $o, '/refunds')), 2, 'in two requests';
is scalar @{$t->shop($o)->{refunds}}, 1, 'and paid back once';

# 7. a request with two changes goes on where it was
$api->{actions}{discount} = [
    {method => 'POST', url => '/wp-json/wc/v3/orders/{{order.id}}/notes',
     body => {note => 'offer {{nonce}}'}},
    $api->{actions}{discount}[0],
];
api(actions => $api->{actions});
$t->kill_now('worker', 'TERM');
$t->start_worker;
$o = $t->buy(customer => 'ada');
$t->store_fault(match => 'PUT /wp-json/.*', times => 1, status => 503);
$t->accept($o);
ok $t->wait_for('the discount', sub { $t->decision($o)->{applied} eq 'done' }),
    'the second of two changes is put off and made';
is scalar(asked(POST => $o, '/notes')), 1, 'the first one is not made again';

# 8. a key that has run out, a deploy: nobody hears "refused"
for my $status (401, 403, 404, 429) {
    $o = $t->buy(customer => 'ada');
    $t->store_fault(match => 'PUT /wp-json/.*', times => 2, status => $status);
    $t->accept($o);
    ok $t->wait_for('the discount', sub { $t->decision($o)->{applied} eq 'done' }),
        "$status of a change: later";
}

# 9. a call of an action that only reads, and has no answer: it is tried again
# as everything is, and not at once for ever
$api->{actions}{discount} = [{method => 'GET', url => '/wp-json/wc/v3/orders/{{order.id}}/notes'}, $api->{actions}{discount}[1]];
api(actions => $api->{actions});
$t->kill_now('worker', 'TERM');
$t->start_worker;
$o = $t->buy(customer => 'ada');
$t->store_fault(match => 'GET /wp-json/.*/notes', times => 3, drop => 1);
$t->accept($o);
ok $t->wait_for('the discount', sub { $t->decision($o)->{applied} eq 'done' }), 'a reading that has no answer: again';
is scalar(asked(GET => $o, '/notes')), 4, 'once a try';
is $t->count('tries.again') >= 3 ? 1 : 0, 1, 'and each is counted';

# 9b. a refund without an answer, whose offer is withdrawn before anybody looked:
# support is told what became of it
$api->{actions}{refund} = [{method => 'POST', url => '/wp-json/wc/v3/orders/{{order.id}}/refunds', body => {amount => '{{amount}}'}}];
$api->{actions}{discount} = [$api->{actions}{discount}[1]];
api(actions => $api->{actions}, finished_within => '4s');
$t->kill_now('worker', 'TERM');
$t->start_worker;
for my $made (0, 1) {
    $o = $t->buy(customer => 'ada', status => 'processing');
    my $told = () = $t->mails(0, subject => 'support_refund');
    $t->store_fault(match => 'POST /wp-json/.*refunds', times => 1, $made ? (delay_ms => 2500) : (drop => 1));
    $t->accept($o, %refund);
    ok $t->wait_for('a refund', sub { grep { $_->{unanswered} && $_->{purpose} eq 'refund' } values %{$t->all('jobs')} }), 'a refund has left';
    $t->webhook({%{$t->shop($o)}, status => 'cancelled', date_modified_gmt => '2031-01-01T00:00:00'});
    ok $t->wait_for('it', sub { $t->decision($o)->{state} eq 'withdrawn' }), 'and its order is cancelled';
    ok $t->wait_for('a word', sub { $t->mails(0, subject => 'support_refund') > $told }), 'support is told';
    ok((grep { $_->{text} =~ ($made ? qr/^why .*the money is paid back/m : qr/^why not known whether/m) } $t->mails(0, subject => 'support_refund')),
        $made ? 'that the money is paid back' : 'that nobody knows');
    $t->settled;
    ok !(grep { $_->{purpose} eq 'refund' } values %{$t->all('jobs')}), 'and that is the end of it';
}

# 10. anybody can ask for an order that is none: no more is asked than of
# one that is
$t->redis('XADD', $t->key('ev', 'shop/987654'), '*', e => encode_json {
    id => 'nobody', kind => 'asked', order => 'shop/987654', at_ms => int(time * 1000)});
ok $t->wait_for('a record', sub { $t->record('987654') }), 'an order that is none';
$t->settled;
is scalar(grep { $_->{line} =~ m{^GET /wp-json/wc/v3/orders/987654 } } @{$t->{demo}->requests}), 2,
    'is read once, and once more before a mail would go';

is scalar(my @none = $t->mails(0, subject => 'refused')), 0, 'nobody was told "refused"';

$t->stop;
done_testing;
