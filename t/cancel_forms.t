# A store's form that our page could not give back as it was is not met; a body
# that cannot be read is the client's error page, and never hangs; a decision
# that is under way comes to its end though the client is gone.

use strict;
use warnings;
use Test::More;
use IO::Socket::INET;
use OrderSave::Nginx;
use OrderSave::Patience;
use Time::HiRes qw(sleep);

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nstore";
});
$t->order($_) for 19 .. 40;
$t->write('sorry.html', "sorry\n");
my $watch = 'ordersave_cancel on; ordersave_order_id $ordersave_body_orderId; ordersave_proof $ordersave_body_code;';
$t->start_nginx(server => $t->woo . <<"EOT");
        error_page 400 413 500 /sorry.html;
        location = /sorry.html { root $t->{dir}; }
        location = /form { $watch proxy_pass http://store; }
        location = /small { $watch client_max_body_size 6k; proxy_pass http://store; }
        location = /read { ordersave_cancel on; ordersave_order_id \$ordersave_arg_id; ordersave_proof \$ordersave_arg_code; limit_except GET { deny all; } proxy_pass http://store; }
        location = /alias { ordersave_cancel on; ordersave_order_id \$ordersave_arg_n by=number; ordersave_proof \$ordersave_body_code; proxy_pass http://store; }
        location /track/ { ordersave_track on; ordersave_order_id \$ordersave_body_orderId; ordersave_proof \$ordersave_body_code; ordersave_anchor append body; proxy_pass http://store; }
EOT

my @browser = ('Accept: text/html', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document');
sub form { my ($id, $more) = @_; return "orderId=$id&code=wc_order_$id$more" }
sub request {
    my ($uri, $body) = @_;
    return join "\r\n", "POST $uri HTTP/1.1", 'Host: localhost', @browser, 'Connection: close',
        'Content-Type: application/x-www-form-urlencoded', 'Content-Length: ' . length $body, '', $body;
}
sub sent { my ($raw) = @_; $t->forget_upstream; my $answer = $t->raw($raw); return ($answer, map { $_->{body} } $t->upstream_requests) }

my ($answer) = sent(request('/form', form(19, '&pad=' . 'x' x 20_000)));
like $answer, qr/ordersave_token/, 'a form of 20 KB is met';

my $n = 20;
for my $case (['of 64 KB, which with ours is more than is read', '&pad=' . 'x' x 64_000], ['that a browser would send three times as long', '&pad=' . "\xc3\xa9" x 12_000],
              ['that is not in UTF-8', '&name=caf%E9'], ['with a NUL', '&name=a%00b'], ['whose name is not in UTF-8', '&caf%E9=1']) {
    my $body = form($n++, $case->[1]);
    my ($answer, $got) = sent(request('/form', $body));
    like $answer, qr/store\z/, "a form $case->[0]: passes";
    ok $got eq $body, 'as it was';
}
($answer) = sent(request('/small', form($n++, '')));
like $answer, qr/store\z/, 'where nginx takes less than the page sends';
is $t->get("/read?id=$n&code=wc_order_$n")->{body}, 'store', 'where it takes no POST';

# our fields, wherever they stand

my ($page) = sent(request('/form', form(30, '&z=1')));
my ($token) = $page =~ /name="ordersave_token" value="([^"]+)"/;
ok $token, 'a page';
($answer, my $got) = sent(request('/form', "ordersave_token=$token&orderId=30&ordersave_do=cancel&code=wc_order_30&z=1&ordersave_reason=costs"));
is $got, 'orderId=30&code=wc_order_30&z=1', 'ours come off, whatever stands between them';

# bodies that cannot be read

my $chunked = join "\r\n", 'POST /form HTTP/1.1', 'Host: localhost', @browser, 'Connection: close',
    'Content-Type: application/x-www-form-urlencoded', 'Transfer-Encoding: chunked', '', '';
sub parts {
    my (@parts) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port}, Timeout => 5) or die;
    for my $part (@parts) { syswrite $socket, $part; sleep 0.1 }
    my ($got, $select) = ('', IO::Select->new($socket));
    while ($select->can_read(patience())) { sysread $socket, $got, 65536, length $got or return $got }
    return "$got, and no end";
}
my $bad = parts($chunked, "zzz\r\n");
like $bad, qr{^HTTP/1.1 400 .*sorry\n\z}s, 'a chunk that is none: the page for that';
my $temp = $t->path('tmp/body');
rename $temp, "$temp-away" or die;
$t->write('tmp/body', '');
my $request = request('/form', form(31, '&pad=' . 'x' x 40_000));
like parts(substr($request, 0, 400), substr $request, 400), qr{^HTTP/1.1 500 .*sorry\n\z}s, 'no room for it: the page for that';
$request = request('/track/x', form(31, '&pad=' . 'x' x 30_000));
$t->forget_upstream;
like parts($request), qr{^HTTP/1.1 500 .*sorry\n\z}s, 'where a panel goes in as well';
is scalar(my @none = $t->upstream_requests), 0, 'and the store gets no half of it';
unlink $temp;
rename "$temp-away", $temp;

# the client leaves while Redis is asked

$t->redis('SET', $t->key('alias:shop/number/1032', 'shop/number/1032'), 32);
$t->silence;
my $asked = $t->redis_asked;
my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port});
syswrite $socket, request('/alias?n=1032', 'code=wc_order_32');
$t->wait_for('a question', sub { $t->redis_asked > $asked });
close $socket;
$t->status;     # what nginx is told later it answers later: it has seen the end
$t->let_speak;
ok $t->wait_for('the event', sub { scalar(my @all = $t->events(32)) }), 'a form that was sent comes to its end';
$t->allow(qr/\[crit\]/);
$t->stop;
done_testing;
