# The shop's layout from a store behind FastCGI, which finds a page by what
# REQUEST_URI says, announces no length, and may go away halfway.

use strict;
use warnings;
use Test::More;
use IO::Socket::INET;
use OrderSave::Nginx;

my $page = "<!doctype html><html><head><title>Shop</title></head><body><nav>shop menu</nav>\n" . "<p>a page</p>\n" x 3000 . "<main>old</main><footer>shop footer</footer></body></html>\n";
my $t = OrderSave::Nginx->new->start_redis;
my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 8, Proto => 'tcp', ReuseAddr => 1) or die;
my $pid = fork // die;
if ($pid == 0) {
    $SIG{PIPE} = 'IGNORE';
    my $record = sub { my ($type, $data) = @_; return pack('CCnnCx', 1, $type, 1, length $data, 0) . $data };
    while (my $c = $listen->accept) {
        my ($in, $params) = ('', '');
        READ: while (sysread $c, $in, 65536, length $in) {
            while (length $in >= 8) {
                my (undef, $type, undef, $len, $pad) = unpack 'CCnnC', $in;
                last if length $in < 8 + $len + $pad;
                my $data = substr $in, 8, $len;
                substr $in, 0, 8 + $len + $pad, '';
                $params .= $data if $type == 4;
                last READ if $type == 5 and !$len;
            }
        }
        my ($shape) = $params =~ /shape=(\w+)/;
        my $out = $params =~ m{REQUEST_URI/layout\?a=b} ? $page : 'store';
        $out = "Status: 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n" . ($shape eq 'length' ? 'Content-Length: ' . length($out) . "\r\n" : '') . "\r\n$out";
        $out = substr $out, 0, -10 if $shape eq 'cut';
        my $times = 0;
        while (length $out) {
            syswrite $c, $record->(6, substr $out, 0, 5000, '');
            select undef, undef, undef, 0.01 if $shape eq 'pieces' and $times++ < 5;
        }
        syswrite $c, $record->(6, '') . $record->(3, pack 'NCx3', 0, 0) unless $shape eq 'cut';
        close $c;
    }
    POSIX::_exit(0);
}
$t->{pids}{fastcgi} = $pid;
my $to = '127.0.0.1:' . $listen->sockport;
close $listen;
$t->order($_) for 19 .. 22;
sub place { my ($path) = @_; return <<EOT }
        location $path { fastcgi_pass $to;
            fastcgi_param REQUEST_METHOD \$request_method; fastcgi_param QUERY_STRING \$query_string; fastcgi_param CONTENT_LENGTH \$content_length; fastcgi_param REQUEST_URI \$request_uri; }
EOT
$t->start_nginx(server => <<'EOT' . place('/') . place('/layout'));
        ordersave_cancel $ordersave_has_cancel_order; ordersave_order_id $ordersave_arg_order_id; ordersave_proof $ordersave_arg_order;
        ordersave_shell /layout?a=b main timeout=10s;
        location /ordersave/ { ordersave_api on; }
EOT

for my $shape (qw(plain length pieces)) {
    my $got = $t->get($t->cancel_uri(19), headers => ["Cookie: shape=$shape"]);
    like $got->{body}, qr{^<!doctype.*shop menu.*<main><div.*ordersave_token.*</main><footer>shop footer</footer></body></html>\n$}s, "$shape: in the page that the store found by its address";
    is length(($got->{body} =~ m{^(.*)<main>}s)[0]) - length('<title></title><meta name="robots" content="noindex">') > 42_000 ? 1 : 0, 1, "$shape: all of it";
}
my $cut = $t->get($t->cancel_uri(19), headers => ['Cookie: shape=cut']);
like $cut->{body}, qr/ordersave_token/, 'a store that goes away halfway';
unlike $cut->{body}, qr/shop menu/, 'lends nothing';
is $t->status->{shell_cut}, 1, 'counted as cut';
is $t->get('/?x=1', headers => ['Cookie: shape=plain'])->{body}, 'store', 'the store itself';
is -d "$t->{dir}/tmp/fastcgi" && scalar(() = glob "$t->{dir}/tmp/fastcgi/*/*/*") ? 1 : 0, 0, 'no page was kept in a file';
unlike $t->read('logs/error.log'), qr/buffered to a temporary file/, 'nor was one on its way';

$t->stop;
done_testing;
