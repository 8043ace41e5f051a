# An open page hears of news: server-sent events, a bounded number of them,
# that end when nginx is reloaded and survive a Redis that comes back.

use strict;
use warnings;
use Test::More;
use IO::Select;
use IO::Socket::INET;
use OrderSave::Nginx;
use OrderSave::Patience;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->order($_, track => {milestone => 'confirmed', at => {}}) for 19, 20;
$t->start_nginx(server => $t->woo, http => 'ordersave_live 3;');

my %base = (s => 'shop', x => int(time) + 600, l => 'en', g => 0, p => 'panel');
sub url { '/ordersave/live/' . $t->sign({%base, o => "$_[0]"}) }

# opens a feed; reads what comes
sub feed {
    my ($uri) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port}) or die $!;
    print $socket "GET $uri HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
    return {socket => $socket, text => ''};
}

sub hears {
    my ($feed, $re) = @_;
    my $select = IO::Select->new($feed->{socket});
    while ($feed->{text} !~ $re && $select->can_read(patience())) {
        my $n = sysread $feed->{socket}, $feed->{text}, 65536, length $feed->{text};
        if (!$n) { $feed->{over} = 1; last }
    }
    return $feed->{text} =~ $re;
}

# Whether it has ended, by all that is there to read.
sub over {
    my ($feed) = @_;
    my $select = IO::Select->new($feed->{socket});
    while ($select->can_read(0)) {
        sysread $feed->{socket}, $feed->{text}, 65536, length $feed->{text} or return 1;
    }
    return 0;
}

sub publish { $t->redis('PUBLISH', $t->key('changed', "shop/$_[0]"), "shop/$_[0]") }

my $feed = feed(url(19));
ok hears($feed, qr/retry: \d+\n\n/), 'a feed begins';
like $feed->{text}, qr{^Content-Type: text/event-stream\r?$}mi, 'of server-sent events';
like $feed->{text}, qr{^Cache-Control: no-store}mi, 'that nobody keeps';
ok hears($feed, qr/event: changed/), 'once it is sure to hear, it says so: what was missed is fetched';

$feed->{text} = '';
publish(20);
is publish(19), 1, 'one subscription';
ok hears($feed, qr/event: changed\ndata:\n\n/), "the order's own news comes";
is scalar(() = $feed->{text} =~ /changed/g), 1, "and another order's does not";

# a bound

my @more = map { feed(url(19)) } 1 .. 2;
ok hears($_, qr/retry/), 'another feed' for @more;
is publish(19), 1, 'still one subscription for the whole process';
is $t->status->{stores}{shop}{feeds}, 3, 'so many are open, says the status';
is $t->get(url(19))->{status}, 204, 'one too many: none, and do not come back';
close $more[0]{socket};
ok $t->wait_for('room', sub { my $f = feed(url(20)); hears($f, qr/retry| 204 /); $f->{text} =~ /retry/ }), 'who leaves makes room';

is $t->get('/ordersave/live/' . $t->sign({%base, o => '19', p => 'track'}))->{status}, 403, 'with a token of its own alone';
is $t->post(url(19), [])->{status}, 405, 'by GET alone';

# Redis comes back

$t->stop_redis;
$t->wait_for('nginx to lose Redis', sub { $t->status->{redis} eq 'down' });
ok !over($feed), 'Redis gone: the feed stays';
$t->start_redis(again => 1);
$t->order($_, track => {milestone => 'confirmed', at => {}}) for 19, 20;
$feed->{text} = '';
# who heard nothing for too long was sent away, and asks again
ok $t->wait_for('the feed', sub {
    $feed = feed(url(19)) if over($feed) || $feed->{over} || $feed->{text} =~ / 204 /;
    hears($feed, qr/event: changed| 204 /);
    $feed->{text} =~ /event: changed/;
}), 'and back: it hears, and asks for what it missed';

# a reload

my ($old) = $t->read('nginx.pid') =~ /(\d+)/;
$t->reload;
ok hears($feed, qr/0\r\n\r\n$/), 'a reload ends it properly';
my $new = feed(url(19));
ok hears($new, qr/event: changed/), 'and the new process takes it';

cmp_ok $t->status->{live_refused}, '>=', 1, 'what was refused is counted';
$t->stop;

# a Redis that lets us not listen: said once, and pages ask instead

$t = OrderSave::Nginx->new->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->order(19, track => {milestone => 'confirmed', at => {}});
$t->redis('ACL', 'SETUSER', 'shop', 'on', '>word', '~ordersave:*', '+@all', '-psubscribe');
$t->write('word', "word\n");
$t->start_nginx(server => $t->woo, redis_options => "user=shop password_file=$t->{dir}/word");
$t->wait_for('Redis', sub { $t->status->{redis} eq 'up' });
my $deaf = feed(url(19));
ok hears($deaf, qr/0\r\n\r\n$/), 'a feed that can hear nothing ends';
is $t->get(url(19))->{status}, 204, 'the page asks from time to time';
my @said = $t->read('logs/error.log') =~ /(refuses the feed of open panels.*NOPERM)/g;
is scalar(@said), 1, 'and the log says why, once';
$t->redis('ACL', 'SETUSER', 'shop', '+psubscribe', 'allchannels');
ok $t->wait_for('the feed', sub { my $f = feed(url(19)); hears($f, qr/retry| 204 /); $f->{text} =~ /retry/ }), 'until it may';

# a feed that was cut and says nothing: a PING finds out

SKIP: {
    skip 'takes half a minute: test --full', 2 unless $ENV{ORDERSAVE_FULL};
    my $cut = feed(url(19));
    hears($cut, qr/retry/);
    $t->silence;
    ok hears($cut, qr/0\r\n\r\n$/), 'Redis says nothing at all: the feed ends';
    $t->let_speak;
    ok $t->wait_for('the feed', sub { my $f = feed(url(19)); hears($f, qr/retry| 204 /); $f->{text} =~ /retry/ }), 'and is there again with it';
}
$t->stop;

done_testing;
