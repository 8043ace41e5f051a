# A place at the very end of a buffer: the store's bytes are read into it again
# when what it held has been sent, and not before, however slow the client is.

use strict;
use warnings;
use Test::More;
use IO::Socket::INET;
use OrderSave::Nginx;
use OrderSave::Splice;
use Socket qw(SOL_SOCKET SO_RCVBUF);
use Time::HiRes qw(sleep);

my $t = splice_test;
my $port = OrderSave::Nginx::free_port();
my $rest = join '', map { sprintf "<p>piece %05d</p>\n", $_ } 1 .. 2000;

# The element that ours goes behind ends at a byte of the whole answer.
sub page {
    my ($at) = @_;
    my $page = '<!doctype html><body>' . ' ' x 20 . '<i class="x"></i>';
    my $head = length(answer($page . $rest)) - length($page . $rest);
    my $more = $at - $head - length $page;
    $page =~ s/ {20}/' ' x (20 + $more)/e;
    $page .= $rest;
    return length answer($page) == $head + length $page ? $page : page($at + 1);
}

$t->start_upstream(sub { $_[0] =~ m{^GET /\w+/(\d+)} ? answer(page($1)) : answer('?') });
$t->start_nginx(redis => ' ', server => <<"EOT");
        listen 127.0.0.1:$port sndbuf=4k;
        ordersave_insert one after .x;
        proxy_buffer_size 1k; proxy_buffers 3 1k; proxy_busy_buffers_size 2k;
        location / { proxy_pass http://store; }
        location /file/ { proxy_max_temp_file_size 4k; proxy_temp_file_write_size 2k; proxy_pass http://store; }
        location /memory/ { proxy_max_temp_file_size 0; proxy_pass http://store; }
        location /unbuffered/ { proxy_buffering off; proxy_pass http://store; }
EOT

# What a client gets that waits, and then reads a little at a time.
sub slowly {
    my ($uri) = @_;
    my $socket = IO::Socket::INET->new(Proto => 'tcp') or die;
    setsockopt $socket, SOL_SOCKET, SO_RCVBUF, pack 'i', 2048;
    $socket->connect(Socket::pack_sockaddr_in($port, Socket::inet_aton('127.0.0.1'))) or die "connect: $!";
    $socket->autoflush(1);
    print $socket "GET $uri HTTP/1.0\r\n\r\n";
    sleep 0.03;
    my $got = '';
    1 while sysread $socket, $got, 1000, length $got;
    return (split /\r\n\r\n/, $got, 2)[1];
}

for my $way (qw(memory file unbuffered)) {
    for my $buffer (1, 2, 3, 12) {
        my @wrong = grep {
            my $at = 1024 * $buffer + $_;
            slowly("/$way/$at") ne page($at) =~ s{(?<=</i>)}{OURS}er;
        } -5, -1 .. 1;
        is "@wrong", '', "$way: at the end of buffer $buffer, and about it";
    }
}
$t->stop;
done_testing;
