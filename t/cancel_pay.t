# Keep and pay: an unpaid order goes on to where it is paid, once the store has
# the offer; nobody waits longer than five seconds.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use Time::HiRes qw(sleep time);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
my %unpaid = (payment => 'unpaid', pay_by => 1795300000, pay_url => 'http://127.0.0.1/checkout/order-pay/%d/?key=k');
sub unpaid { my ($id, %more) = @_; $t->order($id, %unpaid, pay_url => sprintf($unpaid{pay_url}, $id), %more) }
unpaid($_) for 19 .. 22;
unpaid(23, pay_url => 'http://127.0.0.1.evil.test/pay');
unpaid(24, pay_url => '//evil.test/pay');
$t->start_nginx(server => $t->woo);

my $page = $t->get($t->cancel_uri(19));
like $page->{body}, qr/Keep and pay|keep and pay/, 'the button says keep and pay';
like $page->{body}, qr/November 22, 2026|November 21, 2026/, 'the page states the deadline';

sub take {
    my ($id) = @_;
    my $token = OrderSave::Nginx::token($t->get($t->cancel_uri($id)));
    return $t->post($t->cancel_uri($id), [[ordersave_do => 'accept:ten'], [ordersave_reason => 'costs'], [ordersave_token => $token]]);
}

# what the worker does, a moment later
sub settle {
    my ($id, $applied, $after) = @_;
    my $pid = fork // die;
    return $pid if $pid;
    for (1 .. 500) {
        my $text = eval { $t->redis('GET', $t->decision_key($id)) };
        if ($text) {
            sleep $after;
            my $d = decode_json $text;
            $t->redis('SET', $t->decision_key($id), encode_json {%$d, applied => $applied});
            last;
        }
        sleep 0.01;
    }
    POSIX::_exit(0);
}

my $pid = settle(19, 'done', 0.4);
my $answer = take(19);
waitpid $pid, 0;
is $answer->{status}, 303, 'accepted';
is OrderSave::Nginx::header($answer, 'Location'), 'http://127.0.0.1/checkout/order-pay/19/?key=k', 'the pay link opens';
cmp_ok $answer->{time}, '>', 0.35, 'not before the store has the offer';
cmp_ok $answer->{time}, '<', 4, 'and soon after';

$pid = settle(20, 'refused', 0.2);
$answer = take(20);
waitpid $pid, 0;
like OrderSave::Nginx::header($answer, 'Location'), qr{/ordersave/kept/}, 'a refusal leads to the kept page';
my $kept = $t->get($t->cancel_uri(20));
unlike $kept->{body}, qr{order-pay}, 'which has no pay link';

my $start = time;
$answer = take(21);
cmp_ok time - $start, '>', 4.5, 'without a worker it waits';
cmp_ok time - $start, '<', 9, 'five seconds';
like OrderSave::Nginx::header($answer, 'Location'), qr{/ordersave/kept/}, 'and leads to the kept page';
my $texts = decode_json(do { local (@ARGV, $/) = "$OrderSave::Nginx::ROOT/campaign/locales/en.json"; <> })->{texts};
my $words = quotemeta((split /\{\{/, $texts->{'kept.mail_link'})[0] =~ s/\s+\z//r);
like $t->get($t->cancel_uri(21))->{body}, qr/$words/, 'which says that the link comes by mail';

# a client that goes away while it waits
my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port});
my $token = OrderSave::Nginx::token($t->get($t->cancel_uri(22)));
my $body = "ordersave_do=accept%3Aten&ordersave_token=$token";
print $socket 'POST ' . $t->cancel_uri(22) . " HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n"
    . "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
$socket->flush;
ok $t->wait_for('the decision', sub { $t->redis('GET', $t->decision_key(22)) }), 'a client that leaves has decided all the same';
close $socket;

for my $id (23, 24) {
    $pid = settle($id, 'done', 0);
    $answer = take($id);
    waitpid $pid, 0;
    unlike OrderSave::Nginx::header($answer, 'Location'), qr/evil/, 'nobody is sent to another host';
}

$t->stop;
done_testing;
