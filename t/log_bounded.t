# What anybody can cause has a line in the log once a minute, not each time; and
# one source does not hide another.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    return $_[0] =~ m{^GET /mine/} ? undef : "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->order($_) for 19 .. 28;
$t->write('secret', "s3cret\n");
$t->start_nginx(server => <<"EOT");
        ordersave_cancel \$ordersave_has_cancel_order;
        ordersave_order_id \$ordersave_arg_order_id;
        location / { ordersave_verify /mine/\$ordersave_arg_order_id timeout=100ms; proxy_pass http://store; }
        location /mine/ { proxy_pass http://store; }
        location = /in/woocommerce { ordersave_ingest woocommerce secret_file=$t->{dir}/secret; }
        location = /in/generic { ordersave_ingest generic secret_file=$t->{dir}/secret; }
EOT

sub lines { my ($re) = @_; return scalar(() = $t->read('logs/error.log') =~ /$re/g) }

for my $source (qw(woocommerce generic)) {
    is $t->http('POST', "/in/$source", bare => 1, body => '{"id":1}', headers => ['Content-Type: application/json'])->{status}, 401, "$source: not signed" for 1 .. 20;
}
is lines(qr/a webhook of "woocommerce" is refused/), 1, 'a source has a line';
is lines(qr/a webhook of "generic" is refused/), 1, 'and so has another';

$t->get($t->cancel_uri($_)) for 19 .. 28;
is lines(qr/ordersave_verify took longer than it may/), 1, 'a store that is slow has one as well';

$t->stop;
done_testing;
