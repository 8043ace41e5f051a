# In the shop's own clothes: pages of ours inside the shop's layout, and the
# plain page whenever the shop's cannot be had.

use strict;
use warnings;
use Test::More;
use JSON::PP;
use IO::Socket::INET;
use OrderSave::Nginx;

my $html = sub { my ($body, %o) = @_;
    my $length = defined $o{length} ? $o{length} : length $body;
    return 'HTTP/1.1 ' . ($o{status} // '200 OK') . "\r\n" . ($o{type} // "Content-Type: text/html; charset=UTF-8\r\n") . ($o{more} // '')
        . ($length eq '-' ? '' : "Content-Length: $length\r\n") . "\r\n$body" };
my $page = sub { my ($content, $head, $tail) = @_;
    return '<!DOCTYPE html><html lang="en"><head>' . ($head // '<title>Shop</title>') . '</head><body class="theme"><nav>shop menu</nav>'
        . "<div class=\"entry\" id=x>$content</div>" . ($tail // '<footer>shop footer</footer>') . '</body></html>' };
my $chunk = sub { join '', map { sprintf "%x\r\n%s\r\n", length, $_ } @_ };

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub {
    my ($head) = @_;
    my ($uri) = $head =~ m{^\S+ (\S+)};
    my ($shape) = $head =~ /^cookie:.*\bshape=(\w+)/mi;
    return $html->('store') if $uri !~ m{^/layout/};
    return {
        plain => sub { $html->($page->('old content')) },
        slow => sub { undef },
        forbidden => sub { $html->($page->('x'), status => '403 Forbidden') },
        moved => sub { $html->('', status => '302 Found', more => "Location: /login\r\nSet-Cookie: sid=moved; path=/\r\n") },
        json => sub { $html->('{}', type => "Content-Type: application/json\r\n") },
        part => sub { $html->('<div id=x>a part</div>') },
        gzip => sub { $html->($page->('x'), more => "Content-Encoding: gzip\r\n") },
        other => sub { $html->('<!DOCTYPE html><html><head></head><body><div id=y></div></body></html>') },
        unsure => sub { $html->($page->('<div>', undef, '')) },
        large => sub { $html->($page->('x' x 70_000)) },
        largest => sub { $html->($page->('x' x 900_000)) },
        larger => sub { $html->($chunk->($page->('x' x 70_000)) . "0\r\n\r\n", length => '-', more => "Transfer-Encoding: chunked\r\n") },
        chunked => sub { $html->($chunk->(split /(?<=\G.{7})/s, $page->('y' x 9000)) . "0\r\n\r\n", length => '-', more => "Transfer-Encoding: chunked\r\n") },
        half => sub { $html->(substr($page->('z'), 0, -20), length => length $page->('z'), more => "Connection: close\r\n") },
        halfchunk => sub { $html->($chunk->($page->('z')), length => '-', more => "Transfer-Encoding: chunked\r\nConnection: close\r\n") },
        dead => sub { "HTTP/1.1 200 OK\r\nConnection: close\r\nConte" },
        closes => sub { "HTTP/1.0 200 OK\r\nConnection: close\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" . $page->('until the end') },
        cookies => sub { $html->($page->('x'), more => "Set-Cookie: sid=1; Path=/; HttpOnly\r\nSet-Cookie: cart=2\r\nSet-Cookie: lang=3; path=/x\r\nCache-Control: public, max-age=600\r\nETag: \"e\"\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n") },
        csp => sub { $html->($page->('x'), more => "Content-Security-Policy: default-src 'self'; style-src 'nonce-abcd1234'\r\n") },
        strict => sub { $html->($page->('x'), more => "Content-Security-Policy: default-src 'self'\r\n") },
        noforms => sub { $html->($page->('x'), more => "Content-Security-Policy: form-action https://pay.test\r\nContent-Security-Policy: img-src *\r\n") },
        latin => sub { $html->($page->('x', "<title>Caf\xe9</title>"), type => "Content-Type: text/html; charset=iso-8859-1\r\n") },
        relative => sub { $html->($page->('x', '<link rel=stylesheet href="theme.css">')) },
        based => sub { $html->($page->('x', '<base href="https://cdn.test/">')) },
        accel => sub { $html->('', more => "X-Accel-Redirect: /accel/page.html\r\n") },
    }->{$shape // 'plain'}->();
});
$t->order($_, track => {milestone => 'in_transit', at => {confirmed => time - 90000}, parcels => []}) for 19 .. 25;
mkdir $t->path('files');
mkdir $t->path('files/accel');
$t->write('files/accel/page.html', $page->('from a file'));
$t->write('files/still.html', $page->('a file'));
# a store that is told the address by a variable, as FastCGI's are
my $woo = $t->woo =~ s/(proxy_set_header Connection "";)/$1 proxy_set_header X-Uri \$request_uri;/r;
my $layout = 'ordersave_shell /layout/page?a=b "#x" timeout=300ms size=64k;';
$t->start_nginx(log_level => 'info', http => 'log_format shell \'$request_method $ordersave_outcome $ordersave_shell $request_uri\';' . " proxy_cache_path $t->{dir}/cache keys_zone=c:1m;", server => <<EOT);
        access_log $t->{dir}/logs/shell.log shell;
        $layout
        $woo
        location /accel/ { internal; root $t->{dir}/files; }
        location /cart/still/ { ordersave_shell /still.html "#x"; proxy_pass http://store; }
        location = /still.html { root $t->{dir}/files; }
        location /cart/itself/ { ordersave_shell /cart/itself/?cancel_order=1&order_id=19&order=wc_order_19 "#x"; proxy_pass http://store; }
        location /cart/missing/ { ordersave_shell /accel/none.html "#x"; proxy_pass http://store; }
        location /cart/cached/ { ordersave_shell /layout/cached "#x"; proxy_pass http://store; }
        location /layout/cached { proxy_cache c; proxy_cache_valid 1m; proxy_pass http://store; }
        location /cart/unbuffered/ { ordersave_shell /layout/unbuffered "#x" timeout=300ms size=64k; proxy_pass http://store; }
        location /layout/unbuffered { proxy_buffering off; proxy_pass http://store; }
        location /cart/off/ { ordersave_shell off; proxy_pass http://store; }
        location /cart/deep/ { ordersave_shell \$arg_where "#x"; proxy_pass http://store; }
EOT

sub offer { my ($shape, %o) = @_;
    return $t->get($o{uri} // $t->cancel_uri($o{id} // 19), %o, headers => ["Cookie: shape=$shape", 'Accept-Language: en', @{$o{headers} // []}]) }
sub is_shown { my ($answer, $name) = @_;
    like $answer->{body}, qr{shop menu.*<template shadowrootmode="closed">.*name="ordersave_token".*</template>.*shop footer}s, $name;
    unlike $answer->{body} =~ s{<template.*</template>}{}sr, qr/ordersave_token|k1\.\w/, 'its token is nowhere else' }
sub is_plain { my ($answer, $why, $name) = @_;
    is $answer->{status}, 200, "$name: the page comes";
    like $answer->{body}, qr/name="ordersave_token"/, 'with what it offers';
    unlike $answer->{body}, qr/shop menu|shadowroot/, 'without the shop\'s layout';
    like OrderSave::Nginx::header($answer, 'Content-Security-Policy'), qr/default-src 'none'/, 'under its own policy';
    is $t->status->{"shell_$why"}, ++$main::plain{$why}, "counted as $why" }

# the page in its shell

my $shown = offer('plain');
is $shown->{status}, 200, 'an offer page';
is_shown $shown, 'in the shop\'s layout';
unlike $shown->{body}, qr/old content/, 'instead of what stood there';
like $shown->{body}, qr{<head><title>[^<]+Test Shop</title><meta name="robots" content="noindex"><title>Shop}, 'with a title of its own, not to be indexed';
unlike $shown->{body}, qr{<base|<header>}, 'no base that nobody needs, no header of ours';
is OrderSave::Nginx::header($shown, 'Cache-Control'), 'no-store, private', 'in no cache';
is OrderSave::Nginx::header($shown, 'Content-Security-Policy'), q(frame-ancestors 'none'), 'in no frame';
is OrderSave::Nginx::header($shown, 'Content-Length'), length $shown->{body}, 'its length is true';
is $t->status->{shell_shown}, 1, 'counted';

my ($asked) = grep { $_->{head} =~ m{ /layout/} } $t->upstream_requests;
like $asked->{head}, qr{^GET /layout/page\?a=b HTTP}, 'the store\'s page was asked for';
like $asked->{head}, qr/^cookie: shape=plain/mi, 'in the visitor\'s name';
like $asked->{head}, qr/^accept-language: en/mi, 'and language';
like $asked->{head}, qr{^x-uri: /layout/page\?a=b\r?$}mi, 'variables say what is asked';

$t->forget_upstream;
offer('plain', headers => ['Accept-Encoding: gzip', 'If-None-Match: "a"', 'If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT', 'Range: bytes=0-9', 'If-Range: "a"']);
($asked) = grep { $_->{head} =~ m{ /layout/} } $t->upstream_requests;
unlike $asked->{head}, qr/^(accept-encoding|if-|range|content-)/mi, 'unconditional, whole and uncompressed';

my $head = $t->http('HEAD', $t->cancel_uri(19), headers => ['Cookie: shape=plain']);
is $head->{status}, 200, 'a HEAD';
is $head->{body}, '', 'has no body';
is OrderSave::Nginx::header($head, 'Content-Security-Policy'), q(frame-ancestors 'none'), 'and the headers of the page';

# what comes along

my $cookies = offer('cookies');
is_shown $cookies, 'a page that sets cookies';
is_deeply [sort $cookies->{head} =~ /^Set-Cookie: (.*?)\r?$/mgi], ['cart=2; Path=/layout', 'lang=3; path=/x', 'sid=1; Path=/; HttpOnly'], 'all of them are passed on, for the paths that they were set for';
is OrderSave::Nginx::header($cookies, 'Cache-Control'), 'no-store, private', 'its Cache-Control is ours';
unlike $cookies->{head}, qr/^(etag|last-modified):/mi, 'no validator';

my $csp = offer('csp');
is_shown $csp, 'under a policy with a nonce';
like $csp->{body}, qr/<style nonce="abcd1234">/, 'our style has it';
like $csp->{head}, qr/^Content-Security-Policy: default-src 'self'; style-src 'nonce-abcd1234'\r?$/mi, 'and the policy goes out';

my $latin = offer('latin');
is_shown $latin, 'a page in Latin-1';
like OrderSave::Nginx::header($latin, 'Content-Type'), qr/iso-8859-1/i, 'stays one';
unlike $latin->{body}, qr/[\x80-\xe8\xea-\xff]/, 'and ours is ASCII in there';

like offer('relative')->{body}, qr{<base href="/layout/page\?a=b">.*theme.css}, 'relative links are led home';
is_shown offer('chunked'), 'a page in many pieces';
is_shown offer('closes'), 'one without a length';
like offer('accel')->{body}, qr/shop menu/, 'one that an X-Accel-Redirect leads to';
like $t->get('/cart/still/?cancel_order=1&order_id=19&order=wc_order_19')->{body}, qr/shop menu/, 'one in a file';
for my $kind (qw(cached unbuffered)) {
    is_shown offer($_, uri => "/cart/$kind/?cancel_order=1&order_id=19&order=wc_order_19"), "$kind: $_" for qw(chunked plain);
}
is scalar(grep { $_->{head} =~ m{ /layout/cached } } $t->upstream_requests), 1, 'what nginx caches it asks for once';
$main::plain{shown} = $t->status->{shell_shown};

# the plain page

is_plain offer('slow'), 'late', 'a store that is slow';
is_plain offer('forbidden'), 'status', 'a refusal';
my $moved = offer('moved');
is_plain $moved, 'status', 'a redirect';
like $moved->{head}, qr/^Set-Cookie: sid=moved; path=\//mi, 'a session that was renewed is passed on even so';
is_plain offer('json'), 'not_html', 'no page';
is_plain offer('part'), 'not_html', 'a part of a page';
is_plain offer('gzip'), 'compressed', 'what is compressed though not asked for';
is_plain offer('other'), 'no_element', 'a page without the element';
is_plain offer('unsure'), 'no_element', 'one where its end is not sure';
is_plain offer('large'), 'too_large', 'a large page';
is_plain offer('largest'), 'too_large', 'a very large one';
is_plain offer('larger'), 'too_large', 'one that does not say how large';
is_plain offer('half'), 'cut', 'a store that dies halfway';
is_plain offer('halfchunk'), 'cut', 'and in pieces';
is_plain offer($_, uri => '/cart/unbuffered/?cancel_order=1&order_id=19&order=wc_order_19'), 'cut', "without buffers: $_" for qw(half halfchunk);
is_plain offer('larger', uri => '/cart/unbuffered/?cancel_order=1&order_id=19&order=wc_order_19'), 'too_large', 'and too large';
is_plain offer('dead'), 'status', 'one that dies at once';
is_plain offer('strict'), 'policy', 'a policy that lets no style in';
is_plain offer('noforms'), 'policy', 'one that lets no form out';
is_plain offer('based'), 'base', 'a base elsewhere';
is_plain $t->get('/cart/itself/?cancel_order=1&order_id=19&order=wc_order_19'), 'not_html', 'a shell that is a cancel itself';
is_plain $t->get('/cart/missing/?cancel_order=1&order_id=19&order=wc_order_19'), 'status', 'a file that is not there';
is $t->status->{shell_shown}, $main::plain{shown}, 'none of these was counted as shown';
unlike $t->get('/cart/off/?cancel_order=1&order_id=19&order=wc_order_19')->{body}, qr/shop menu/, 'off is off';
unlike $t->get('/cart/deep/?cancel_order=1&order_id=19&order=wc_order_19&where=elsewhere')->{body}, qr/shop menu/, 'a variable that is no path';
like $t->read('logs/error.log'), qr/\[info\].*ordersave: a page without its shell: policy/, 'the log says why';

# decisions: the page that follows a POST, and the request itself

my $token = OrderSave::Nginx::token(offer('plain'));
my $incomplete = $t->post($t->cancel_uri(19), [[ordersave_do => 'accept:none'], [ordersave_token => $token]], headers => ['Cookie: shape=plain']);
like $incomplete->{body}, qr/shop menu/, 'a page that answers a form has its shell too';
my $accepted = $t->post($t->cancel_uri(19), [[ordersave_do => 'accept:ten'], [ordersave_token => $token]], headers => ['Cookie: shape=plain']);
is $accepted->{status}, 303, 'an accept';
is $t->event(19, 'accepted')->{kind}, 'accepted', 'is one';
my $anyway = $t->post($t->cancel_uri(20), [[ordersave_do => 'cancel'], [ordersave_token => OrderSave::Nginx::token(offer('plain', id => 20))]], headers => ['Cookie: shape=slow']);
is $anyway->{body}, 'store', 'cancel anyway goes to the store';

# the visitor's own address is what logs say

like $t->read('logs/shell.log'), qr{^GET offer shown /cart/\?cancel_order}m, 'the log has the visitor\'s address and the word';
like $t->read('logs/shell.log'), qr{^GET offer late /cart/}m, 'or why not';
unlike $t->read('logs/shell.log'), qr{/layout/}, 'and not the question\'s';

# who goes away, and who stays on his connection

my $gone = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$t->{port}");
print $gone "GET " . $t->cancel_uri(21) . " HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nAccept: text/html\r\nCookie: shape=slow\r\n\r\n";
select undef, undef, undef, 0.1;
close $gone;
my $stays = $t->raw(join '', map { "GET " . $t->cancel_uri(22) . " HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nCookie: shape=$_\r\n" . ($_ eq 'chunked' ? "Connection: close\r\n" : '') . "\r\n" } qw(plain slow cookies chunked));
is scalar(() = $stays =~ m{HTTP/1.1 200}g), 4, 'four pages on one connection';
is scalar(() = $stays =~ /shop menu/g), 3, 'three of them in their shell';

$t->allow(qr/\[(error|info|warn)\]/);
$t->stop;
done_testing;
