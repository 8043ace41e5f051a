# error_page where ordersave_api is on: what the module itself says nothing
# about (no such page, a wrong method, too large a body) is the shop's to say, in
# its own page, from a file, the store, a named location or another of ours; a
# page of ours is never replaced, whatever its status; no secret comes into logs
# on the way.

use strict;
use warnings;
use Test::More;
use File::Path qw(make_path);
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    my ($head) = @_;
    my ($method, $uri) = $head =~ /^(\S+) (\S+)/;
    my $text = "the store's page of $method $uri";
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: " . length($text) . "\r\n\r\n" . ($method eq 'HEAD' ? '' : $text);
});
$t->order(19);
make_path($t->path('html'));
$t->write('html/sorry.html', 'a file of the shop');

my %place = (
    file  => 'error_page 404 405 413 /sorry.html;',
    store => 'error_page 404 405 413 /shop/sorry;',
    fine  => 'error_page 404 405 413 =200 /shop/sorry;',
    own   => 'error_page 404 405 413 = /shop/sorry;',
    named => 'error_page 404 405 413 = @shop;',
    away  => 'error_page 404 405 413 https://shop.example/sorry;',
    ours  => 'error_page 404 405 413 = /ours/track;',
    loop  => 'error_page 404 405 413 = /loop/nowhere/else;',
    plain => '',
);
my $servers = '';
my %port;
my %at;
for my $name (sort keys %place) {
    $at{$name} = OrderSave::Nginx::free_port();
    $t->write("$name.json", JSON::PP->new->encode($t->campaign(api_path => "/$name/")));
    my $more = $name eq 'ours' ? '' : "location /ours/ { return 404; }";
    $servers .= <<"END";
    server {
        listen 127.0.0.1:$at{$name};
        root $t->{dir}/html;
        ordersave_store shop; ordersave_campaign $t->{dir}/$name.json; ordersave_key_file $t->{dir}/keys;
        location /$name/ { ordersave_api on; $place{$name} }
        $more
        location /shop/ { proxy_pass http://store; }
        location \@shop { proxy_pass http://store; }
    }
END
}
$t->start_nginx(server => $t->woo, http => $servers, log_level => 'debug');

sub ask { my ($name, $method, $path, %o) = @_; local $t->{port} = $at{$name}; return $t->http($method, "/$name/$path", %o) }

my %want = (
    file  => [undef, qr/^a file of the shop$/],
    store => [undef, qr{^the store's page of GET /shop/sorry$}],
    fine  => [200, qr{^the store's page of GET /shop/sorry$}],
    own   => [200, qr{^the store's page of GET /shop/sorry$}],
    away  => [302, qr/302/],
    ours  => [200, qr/ordersave_number/],
    plain => [undef, qr/<title>/],
);
for my $name (sort keys %want) {
    my ($status, $body) = @{$want{$name}};
    my $r = ask($name, GET => 'nowhere');
    is $r->{status}, $status // 404, "$name: no such page";
    like $r->{body}, $body, 'is what the shop says';
    is OrderSave::Nginx::header($r, 'Location'), $name eq 'away' ? 'https://shop.example/sorry' : undef, 'there or elsewhere';

    $r = ask($name, DELETE => 'track');
    is $r->{status}, $status // 405, "$name: a wrong method";
    like $r->{body}, $body, 'is answered so as well';

    $r = ask($name, POST => 'track', body => 'x' x 100_000);
    is $r->{status}, $status // 413, "$name: too large a form";
    like $r->{body}, $body, 'too';

    is ask($name, HEAD => 'nowhere')->{status}, $status // 404, "$name: a HEAD";

    # pages of ours

    $r = ask($name, GET => 'track');
    is $r->{status}, 200, "$name: a page of ours";
    like $r->{body}, qr/ordersave_number/, 'is there';
    $r = ask($name, GET => 'track/no-token-that-was-ever-signed');
    is $r->{status}, 403, "$name: one for a link that is no good";
    unlike $r->{body}, qr/of the shop|the store's page/, 'is ours';
    $r = ask($name, POST => 'track', headers => ['Content-Type: application/x-www-form-urlencoded'], body => 'ordersave_number=77&ordersave_secret=x@y.example');
    is $r->{status}, 404, "$name: a lookup that found nothing";
    like $r->{body}, qr/ordersave_number/, 'is ours as well';
}

# a named location keeps the address that was asked for
my $named = ask('named', GET => 'nowhere?a=b');
is $named->{status}, 200, 'a named location';
is $named->{body}, "the store's page of GET /named/nowhere?a=b", 'gets what was asked for';

# an error page that is an error itself
is ask('loop', GET => 'nowhere')->{status}, 404, 'an error page that is none ends as nginx ends it';

# whatever page is shown instead, what looks like a secret is in no log
for my $name (sort keys %place) {
    ask($name, GET => 'nowhere/s3cret-of-an-order-and-long');
}
$t->wait_for('the log', sub { $t->read('logs/access.log') =~ m{/plain/nowhere/\*+} });
unlike $t->read('logs/access.log'), qr/s3cret-of-an-order/, 'no secret in the access log';
# a message of more than one line is what a store is sent, at the level debug
my @told = grep { !/^\S+ \S+ \[debug\]/ } split m{^(?=\d{4}/\d\d/\d\d )}m, $t->read('logs/error.log');
unlike join("\n", @told), qr/s3cret-of-an-order/, 'nor in what is told of errors';

$t->allow(qr/client intended to send too large body/);
$t->stop;
done_testing;
