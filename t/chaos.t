# Bad hours, in small: workers are killed and stopped, Redis is killed and comes
# back, the link to it stands still and breaks, the store goes on after its
# caller has left, the mail server hangs up.
# A ledger outside of ordersave counts what went in and what came out: nothing
# is lost, no money is paid twice. With --full it is long.
# long

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use List::Util qw(sum);
use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Link;
use OrderSave::Worker;

my $orders = $ENV{ORDERSAVE_ORDERS} // ($ENV{ORDERSAVE_FULL} ? 600 : 60);
my $kills  = $ENV{ORDERSAVE_FULL} ? 30 : 4;
my $seed   = $ENV{ORDERSAVE_SEED} // int(time);
srand $seed;
note "ORDERSAVE_SEED=$seed";

my $aof = {aof => 1, args => [qw(--appendfsync always)]};
my $t = OrderSave::Worker->new;
$t->start(no_worker => 1, redis => $aof);
my $api = decode_json($t->read('campaign.json'));
$api->{api} = {%{$api->{api}}, timeout => '1s', finished_within => '3s'};
$api->{offers}[1]{limit} = {};
$t->write('campaign.json', encode_json($api));
my $link = OrderSave::Link->new($t->{redis_port});
$t->configure(redis => {host => '127.0.0.1', port => $link->{port}, timeout => '1s'},
              smtp => {host => '127.0.0.1', port => $t->{sink}->smtp_port, starttls => 'never',
                       connections => 4, timeout => '10s', final_timeout => '3s'});
my $next = 0;
my @alive;
sub begin { push @alive, 'w' . ++$next; $t->start_worker($alive[-1]) }
begin() for 1 .. 2;

# what goes in
my (@paid, @open, @asked);
for my $n (1 .. $orders) {
    my $o = $t->{demo}->order(customer => 'ada', locale => 'en',
                              status => $n % 3 == 0 ? 'processing' : 'pending',
                              billing => {email => "buyer$n\@shop.test"});
    $t->webhook($o->{order}, topic => 'order.created');
    push @{$n % 3 == 0 ? \@paid : $n % 3 == 1 ? \@open : \@asked}, $o;
}
ok $t->wait_for('all orders', sub { $orders == grep { $t->record($_) } @paid, @open, @asked }), 'all orders are known';

my @faults = (
    {match => 'POST /wp-json/.*refunds', delay_ms => 1500},
    {match => 'PUT /wp-json/.*', delay_ms => 1500},
    {match => 'PUT /wp-json/.*', status => 503},
    {match => 'PUT /wp-json/.*', status => 504, behind_ms => 1200},
    {match => 'POST /wp-json/.*refunds', apply => JSON::PP::true, drop => JSON::PP::true},
    {match => 'GET /wp-json/.*', status => 503},
);
my @smtp = (
    {at => 'rcpt', reply => '450 4.2.0 later'},
    {at => 'dot', drop => 1}, {at => 'dot', drop => 1, keep => 1},
    {at => 'mail', reply => '550 5.7.1 not you'},
);
# what Redis refuses while it is away is told again: the module has a spool
sub surely { my ($do) = @_; $t->wait_for("Redis", sub { eval { $do->(); 1 } }) or diag $@ }

my @work = ((map { [accept => $_, {refund => {by => 'api'}}] } @paid), (map { [accept => $_, {}] } @open),
            (map { [ask => $_] } @asked));
@work = sort { rand() <=> 0.5 } @work;
my $every = int(@work / $kills) || 1;
my (%killed, $at);

for my $work (@work) {
    my ($what, $o, $terms) = @$work;
    $t->{demo}->control('POST', '/fault', {%{$faults[rand @faults]}, times => 1}) if rand() < 0.3;
    $t->{sink}->request('POST', '/api/faults', {}, json => {%{$smtp[rand @smtp]}, times => 1}) if rand() < 0.3;
    if ($what eq 'accept') {
        surely(sub { $t->accept($o, nonce => "n-$o->{order}{id}", terms => {
            give => 'discount', amount => 300, currency => 'EUR', %$terms}) });
    } else {
        # a fault may hit us
        surely(sub {
            my ($code, $body) = $t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'cancelled'});
            die "the store says $code ", encode_json($body // {}) if $code != 200;
        });
        surely(sub { $t->tell($o, kind => 'asked', via => 'page') });
    }
    next if ++$at % $every;
    my $how = int rand 7;
    my $victim = shift @alive;
    $killed{(qw(kill stop redis term hold cut delay))[$how]}++;
    if ($how == 0) {
        $t->kill_now($victim, 'KILL');
    } elsif ($how == 1) {
        kill STOP => $t->{pids}{$victim};
        begin();
        sleep 9;
        kill CONT => $t->{pids}{$victim};
        push @alive, $victim;
        next;
    } elsif ($how == 2) {
        $t->stop_redis('KILL');
        sleep 1;
        $t->start_redis(%$aof);
        push @alive, $victim;
        next;
    } elsif ($how == 3) {
        $t->kill_now($victim, 'TERM');
    } else {
        # half-open for longer than anybody waits; broken; slow
        $link->hold if $how == 4;
        $link->cut if $how == 5;
        $link->delay(0.03) if $how == 6;
        sleep 3;
        $how == 5 ? $link->mend : $link->let_go;
        $link->delay(0) if $how == 6;
        push @alive, $victim;
        next;
    }
    begin();
}
note 'faults: ', join ', ', map { "$killed{$_} $_" } sort keys %killed;

$t->{demo}->request('DELETE', '/_demo/fault');
$t->{sink}->request('DELETE', '/api/faults');
$t->settled;
# a mail of which nobody knows is a person's; the ledger has it once all are sent
my @doubt = values %{$t->all('dead')};
is_deeply [map { $_->{why} } grep { $_->{why} !~ /not known whether/ } @doubt], [], 'nothing died of anything but doubt';

# what came out
my %ledger;
for my $o (@open, @paid) {
    my $fees = () = @{$t->shop($o)->{fee_lines}};
    $ledger{"discounts of an order: $fees"}++;
}
for my $o (@paid) {
    my $refunds = () = @{$t->shop($o)->{refunds}};
    $ledger{"refunds of an order: $refunds"}++;
}
my $persons = $t->count('refund.task') + $t->count('applied.task');
my (%mail, $twice);
$mail{"$_->{subject} $_->{to}[0]"}++ for $t->mails(0);
$twice = grep { $_ > 1 } values %mail;
note "ledger: $_: $ledger{$_}" for sort keys %ledger;
note "ledger: left to a person: $persons, mails of which nobody knows: ${\scalar @doubt}";
note "ledger: mails " . sum(values %mail) . ", sent again where nobody knew: $twice";

is scalar(grep { /: [2-9]/ } keys %ledger), 0, 'no money went twice';
my $refunded = $ledger{'refunds of an order: 1'} // 0;
cmp_ok $refunded + $persons, '>=', @paid, 'each refund is made, or a person knows';
my $given = $ledger{'discounts of an order: 1'} // 0;
cmp_ok $given + $persons, '>=', @open + @paid, 'and so is each discount';
my $sorry = grep { /^cancelled / } keys %mail;
cmp_ok $sorry + @doubt, '>=', @asked, 'who cancelled hears of it';
cmp_ok $twice, '<=', $t->count('ambiguous.again'), 'a mail is sent twice only where nobody knew, and that is counted';
for my $o (@asked) {
    next if grep { /^cancelled $o->{order}{number} / } keys %mail;
    my $r = $t->record($o);
    diag "no mail for $o->{order}{id}: state $r->{state}, asked " . encode_json($r->{save}{asked} // {})
        . ", at the store " . $t->shop($o)->{status};
}
is $t->left(1800), 0, 'nothing is left to do';

$t->stop;
done_testing;
