# A store that is asked whose order it is, and does not answer, has not said no:
# who owns the order is told to come again, and a panel stays and asks again.
# A store that says no is believed.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use OrderSave::Nginx;
use OrderSave::Patience;

my $t = OrderSave::Nginx->new(no_campaign => 1);
$t->start_redis->start_upstream(sub {
    my ($head) = @_;
    if ($head =~ m{^GET /mine/(\S+)}) {
        my $word = $t->read('says');
        return "HTTP/1.1 200 OK\r\nX-Ordersave-Order: $1\r\nContent-Length: 2\r\n\r\nok" if $word eq 'yes';
        await(sub { $t->read('says') ne 'late' }) if $word eq 'late';
        return "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n" if $word eq '302';
        return "HTTP/1.1 $word Word\r\nContent-Length: 2\r\n\r\nno";
    }
    my $page = '<!DOCTYPE html><html><head><title>Order</title></head><body><p class="order-info">Order</p></body></html>';
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length: " . length($page) . "\r\n\r\n$page";
});
$t->write('campaign.json', encode_json($t->campaign(cancel => {hosted => JSON::PP::true}, track => {},
    mail => {from => 'a@shop.test', support => 'b@shop.test'})));
$t->order(19, number => '1019');

my $common = 'ordersave_track on; ordersave_order_id $ordersave_arg_id; proxy_pass http://store; proxy_http_version 1.1; proxy_set_header Connection "";';
$t->start_nginx(server => <<"EOT");
        location /ordersave/ { ordersave_api on; }
        location /panel/ { ordersave_verify /mine/\$ordersave_arg_id timeout=50s; ordersave_anchor prepend body; $common }
        location /hasty/ { ordersave_verify /mine/\$ordersave_arg_id timeout=100ms; ordersave_anchor prepend body; $common }
        location /link/ { ordersave_verify /mine/\$ordersave_arg_id timeout=50s; ordersave_insert cancel after .order-info; $common }
        location /dead/ { ordersave_verify /none/\$ordersave_arg_id timeout=50s; ordersave_anchor prepend body; $common }
        location /none/ { proxy_pass http://127.0.0.1:1; }
        location /mine/ { proxy_pass http://store; proxy_http_version 1.1; proxy_set_header Connection ""; }
EOT

my ($panel) = $t->get('/panel/?id=19')->{body} =~ /data-panel="([^"]+)"/;
my ($hasty) = $t->get('/hasty/?id=19')->{body} =~ /data-panel="([^"]+)"/;
my ($dead) = $t->get('/dead/?id=19')->{body} =~ /data-panel="([^"]+)"/;
my ($link) = $t->get('/link/?id=19')->{body} =~ m{<a href="(/ordersave/cancel/[^"]+)"};

# What is answered while the store says so.
sub answer {
    my ($uri, $word, $how) = @_;
    $t->write('says', $word);
    my $answer = $how ? $how->($uri) : $t->get($uri, bare => 1);
    $t->write('says', 'yes');
    return $answer;
}

for my $word (qw(500 502 503 504 429)) {
    is answer($panel, $word)->{status}, 204, "the store says $word: the panel asks again";
    my $page = answer($link, $word);
    is $page->{status}, 503, '  and a link says so';
    unlike $page->{body}, qr/no longer works/, '  and not that it is out of date';
}
is answer($dead, 'yes')->{status}, 204, 'it is not there: the panel asks again';
is answer($hasty, 'late')->{status}, 204, 'it says nothing in time: the panel asks again';

my $post = sub { $t->post($_[0], [[ordersave_do => 'cancel'], [ordersave_comment => 'words']]) };
is answer($link, '503', $post)->{status}, 503, 'what is typed meanwhile is not refused';
is scalar(grep { $_->{kind} eq 'asked' } $t->events(19)), 0, 'nor taken';

for my $word (qw(401 403 404 302)) {
    is answer($panel, $word)->{status}, 403, "the store says $word: nobody's panel";
    is answer($link, $word)->{status}, 403, '  and nobody\'s link';
}
is answer($panel, 'yes')->{status}, 200, 'it says yes: the panel is filled';
is answer($link, 'yes')->{status}, 200, 'and the page opens';

$t->stop;
done_testing;
