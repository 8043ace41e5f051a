# HTTP/2: the same pages, the same decisions.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

plan skip_all => 'curl without HTTP/2' unless `curl --version` =~ /HTTP2/;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    return "HTTP/1.1 302 Found\r\nLocation: /done\r\nContent-Length: 0\r\n\r\n";
});
$t->order($_) for 19 .. 40;
my $port = OrderSave::Nginx::free_port();
$t->start_nginx(server => "listen 127.0.0.1:$port http2;" . $t->woo);

sub curl {
    my (@more) = @_;
    open my $out, '-|', 'curl', '-s', '-i', '--http2-prior-knowledge', '--max-time', '10',
        '-H', 'Accept: text/html', @more or die "curl: $!";
    local $/;
    return scalar <$out>;
}

my $url = "http://127.0.0.1:$port";
my $page = curl($url . $t->cancel_uri(19));
like $page, qr{^HTTP/2 200}, 'the offer page over HTTP/2';
my ($token) = $page =~ /name="ordersave_token" value="([^"]+)"/;
ok $token, 'with its token';
like curl($url . $t->cancel_uri(19), '--data', 'ordersave_do=cancel', '--data-urlencode', "ordersave_token=$token"),
    qr{^HTTP/2 302\b.*^location: /done}msi, "cancel anyway: the store's answer";
my ($got) = $t->upstream_requests;
like $got->{head}, qr{^GET /cart/\?cancel_order=true&order=wc_order_19&}, 'the store got the GET';
unlike $got->{head}, qr/^(content-length|content-type|origin):/mi, 'without a body';
($token) = curl($url . $t->cancel_uri(20)) =~ /name="ordersave_token" value="([^"]+)"/;
like curl($url . $t->cancel_uri(20), '--data', 'ordersave_do=accept:ten', '--data-urlencode', "ordersave_token=$token"),
    qr{^HTTP/2 303}, 'accepted';

# many streams of one connection wait for Redis at once
my @many = map { $url . $t->cancel_uri($_) } 21 .. 40;
open my $load, '-|', 'h2load', '-n', 20, '-c', 1, '-m', 20, '-H', 'Accept: text/html', @many
    or die "h2load: $!";
like join('', <$load>), qr/^status codes: 20 2xx/m, 'twenty streams at once';

# a client that leaves while we wait
my $redis = $t->{pids}{redis};
kill 'STOP', $redis;
system "curl -s --http2-prior-knowledge --max-time 0.02 -H 'Accept: text/html' '$url" . $t->cancel_uri(21) . "' >/dev/null 2>&1";
kill 'CONT', $redis;
like curl($url . $t->cancel_uri(22)), qr{^HTTP/2 (200|302)}, 'nobody minds a client that left';

$t->stop;
done_testing;
