# Photos are read and written by nginx' thread pool: while a disk does not
# answer, everybody else is served, nobody is thanked for what is not kept, and
# what was sent is kept although its client, or the process, goes.

use strict;
use warnings;
use Test::More;
use Fcntl qw(O_WRONLY O_NONBLOCK);
use IO::Socket::INET;
use OrderSave::Nginx;
use POSIX qw(mkfifo);

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->order($_) for 19, 20;
mkdir $t->path('photos');

my %conf = (server => $t->woo . "client_max_body_size 10m; ordersave_photos $t->{dir}/photos max=20k;");
# one thread: who comes second waits for the first
$t->start_nginx(%conf, main => 'thread_pool default threads=1;');

sub segment { my ($marker, $data) = @_; return pack('C2n', 0xff, $marker, 2 + length $data) . $data }
my $jpeg = "\xff\xd8" . segment(0xe0, "JFIF\0" . pack('C9', 1, 1, 0, 0, 1, 0, 1, 0, 0)) . segment(0xdb, pack 'C65', 0, (16) x 64)
    . segment(0xc0, pack 'CnnC4', 8, 480, 640, 1, 1, 0x11, 0) . segment(0xda, pack 'C6', 1, 1, 0, 0, 63, 0) . "\x12\x34\xff\xd9";

# Sends a request and leaves its answer for later.
sub begin {
    my ($text) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port}) or die $!;
    print $socket $text;
    $socket->flush;
    return $socket;
}

sub ask_photo {
    my ($name) = @_;
    my $token = $t->sign({s => 'shop', x => time + 600, p => 'photo', f => $name});
    return begin("GET /ordersave/photo/$token HTTP/1.0\r\nHost: localhost\r\n\r\n");
}

sub send_review {
    my ($order, $stars) = @_;
    my $token = $t->sign({s => 'shop', x => time + 600, l => 'en', g => 0, p => 'review', o => "$order"});
    my $body = join '', map {
        my ($name, $value, $file) = @$_;
        "--x7\r\nContent-Disposition: form-data; name=\"$name\"" . ($file ? "; filename=\"$file\"" : '') . "\r\n\r\n$value\r\n"
    } ['ordersave_stars', $stars], ['ordersave_do', 'review'], ['ordersave_photo', $jpeg, 'me.jpg'];
    $body .= "--x7--\r\n";
    return begin("POST /ordersave/review/$token HTTP/1.0\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x7\r\nContent-Length: " . length($body) . "\r\n\r\n$body");
}

sub answer { my ($socket) = @_; local $/; return <$socket> // '' }

# A disk that does not answer: a pipe. It opens for us once somebody reads it.
sub stuck_disk {
    my ($name) = @_;
    my $pipe;
    $t->wait_for("a reader of $name", sub { sysopen $pipe, $t->path("photos/$name"), O_WRONLY | O_NONBLOCK }) or die;
    return $pipe;
}

sub kept { return grep { !-p } glob $t->path('photos/*') }

mkfifo($t->path("photos/shop-$_.jpg"), 0600) or die $! for 'slow', 'left';

my $asked = ask_photo('shop-slow.jpg');
my $pipe = stuck_disk('shop-slow.jpg');
is $t->get('/ordersave/status')->{status}, 200, 'a disk does not answer, nginx does';

my $review = send_review(19, 4);
my $left = send_review(20, 2);
$t->wait_for('both to be read', sub { ($t->status->{stores}{shop}{outcomes}{page} // 0) == 2 });
close $left;
is $t->get('/ordersave/status')->{status}, 200, 'nor do two photos hold it up';
is_deeply [kept()], [], 'that cannot be kept yet';
is scalar($t->events($_)), 0, 'so nothing is recorded' for 19, 20;

# a process that is told to leave

my ($old) = split ' ', `pgrep -P $t->{pids}{nginx}`;
$t->reload;
$t->wait_for('the reload', sub { $t->read('logs/error.log') =~ /gracefully shutting down/ });
$t->wait_for('the new process', sub { my @p = split ' ', `pgrep -P $t->{pids}{nginx}`; grep { $_ != $old } @p });
is scalar($t->events(19)), 0, 'stays: it has not kept anything yet';

syswrite $pipe, $jpeg;
close $pipe;
my $photo = answer($asked);
like $photo, qr{^HTTP/1\.1 200 .*^Content-Type: image/jpeg\r\n}ms, 'the disk answers: a photo';
is substr($photo, -length $jpeg), $jpeg, 'is whole';
like answer($review), qr{^HTTP/1\.1 200 }, 'the review is thanked for';
is $t->event(19, 'reviewed')->{stars}, 4, 'and recorded';
is $t->event(20, 'reviewed')->{stars}, 2, 'and that of a client who has left';
is scalar(kept()), 2, 'both with their photos';
ok -s $t->path('photos/' . $t->event($_, 'reviewed')->{photo}), "that of $_" for 19, 20;
ok $t->wait_for('the old process to leave', sub { !kill 0, $old }), 'then the old process leaves';

# one who asks, and is gone when the disk answers

$asked = ask_photo('shop-left.jpg');
$pipe = stuck_disk('shop-left.jpg');
close $asked;
is $t->get('/ordersave/status')->{status}, 200, 'a client has left';
syswrite $pipe, $jpeg;
close $pipe;
like answer(send_review(19, 5)), qr{^HTTP/1\.1 200 }, 'the next photo is kept';
is scalar(kept()), 3, 'as it was sent';

# without room in the pool, as in an nginx without threads, it is done at once

$t->kill_now('nginx', 'QUIT');
$t->start_nginx(%conf, main => 'thread_pool default threads=1 max_queue=0;');
like answer(send_review(19, 3)), qr{^HTTP/1\.1 200 }, 'no thread: kept all the same';
is scalar(kept()), 4, 'as it was sent';

$t->allow(qr/queue overflow/);
$t->stop;
done_testing;
