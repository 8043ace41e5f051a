# Pages in the shop's layout over HTTP/2: many streams of one connection at
# once, streams that are given up, a store that is too slow or sends too much.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

plan skip_all => 'curl without HTTP/2' unless `curl --version` =~ /HTTP2/;

my $layout = '<!DOCTYPE html><html><head><title>Shop</title></head><body><nav>shop menu</nav><main>old</main></body></html>';
my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    my ($head) = @_;
    my ($uri, $shape) = ($head =~ m{^\S+ (\S+)}, $head =~ /^cookie:.*\bshape=(\w+)/mi);
    return undef if $uri =~ m{^/layout} and ($shape // '') eq 'slow';
    my $body = $uri !~ m{^/layout} ? 'store' : ($shape // '') eq 'large' ? $layout . 'x' x 400_000 : $layout;
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
});
$t->order($_) for 19 .. 40;
my $port = OrderSave::Nginx::free_port();
$t->start_nginx(server => "listen 127.0.0.1:$port http2; ordersave_shell /layout main timeout=1s size=64k;" . $t->woo);
my $url = "http://127.0.0.1:$port";

sub curl { my (@more) = @_;
    open my $out, '-|', 'curl', '-s', '-i', '--http2-prior-knowledge', '--max-time', '10', '-H', 'Accept: text/html', @more or die "curl: $!";
    local $/;
    return scalar <$out> }

my $page = curl($url . $t->cancel_uri(19));
like $page, qr{^HTTP/2 200.*shop menu.*<template.*ordersave_token.*</html>$}s, 'the page in its shell';
my ($token) = $page =~ /name="ordersave_token" value="([^"]+)"/;
like curl($url . $t->cancel_uri(19), '-H', 'Cookie: shape=large', '--data', 'ordersave_do=accept:none', '--data-urlencode', "ordersave_token=$token"),
    qr{^HTTP/2 403(?!.*shop menu).*out of date}s, 'a form is answered plain where the store sends too much';
like curl($url . $t->cancel_uri(20), '-H', 'Cookie: shape=large'), qr{^HTTP/2 200(?!.*shop menu).*ordersave_token}s, 'and so is a GET';
is +(curl($url . $t->cancel_uri(20), '-I') =~ m{^HTTP/2 200.*^content-length: (\d+)}ms)[0] > 2000 ? 1 : 0, 1, 'a HEAD has the length of the page';

open my $load, '-|', 'h2load', '-n', 20, '-c', 1, '-m', 20, '-H', 'Accept: text/html', map { $url . $t->cancel_uri($_) } 21 .. 40 or die "h2load: $!";
like join('', <$load>), qr/^status codes: 20 2xx/m, 'twenty streams at once';
cmp_ok $t->status->{shell_shown}, '>=', 21, 'all in their shells';

# given up while the store is asked: a GET, a POST, and all of a connection
for my $more ([], ['--data', 'ordersave_do=accept:none', '--data-urlencode', "ordersave_token=$token"]) {
    system 'curl', '-s', '-o', '/dev/null', '--http2-prior-knowledge', '--max-time', '0.2', '-H', 'Accept: text/html', '-H', 'Cookie: shape=slow', @$more, $url . $t->cancel_uri(19);
}
my $pid = fork // die;
exec 'h2load', '--log-file=/dev/null', '-n', 20, '-c', 1, '-m', 20, '-T', 1, '-H', 'Cookie: shape=slow', map { $url . $t->cancel_uri($_) } 21 .. 40 unless $pid;
select undef, undef, undef, 0.5;
kill 'KILL', $pid;
waitpid $pid, 0;
like curl($url . $t->cancel_uri(22)), qr{^HTTP/2 200.*shop menu}s, 'nobody minds who left';
like curl($url . $t->cancel_uri(22), '-H', 'Cookie: shape=slow'), qr{^HTTP/2 200(?!.*shop menu).*ordersave_token}s, 'who stays gets the plain page in time';

$t->stop;
done_testing;
