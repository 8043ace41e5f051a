# Brotli: what the store compressed passes as it is, and towards the client the
# page is compressed with ours in it.

use strict;
use warnings;
use Test::More;
use Compress::Zlib ();
use OrderSave::Nginx;
use OrderSave::Splice;

my $module = '/usr/lib/nginx/modules/ngx_http_brotli_filter_module.so';
plan skip_all => "Debian's brotli module fits Debian's nginx alone" if $ENV{ORDERSAVE_NO_LUA};
plan skip_all => 'no ngx_http_brotli_filter_module here' if !-e $module;
plan skip_all => 'no brotli to compare with' if !`which brotli`;

my $page = "<!doctype html><body>\n" . "<p>a page of some length</p>\n" x 4000 . "</body>\n";
my $t = splice_test;

# What the program brotli makes of some bytes.
sub brotli {
    my ($option, $bytes) = @_;
    my $file = $t->write('brotli.in', $bytes);
    return scalar `brotli $option --stdout $file 2>&1`;
}

my $compressed = brotli('-q 5', $page);
is brotli('--decompress', $compressed), $page, 'brotli is its own inverse';

$t->start_upstream(sub {
    my ($head, undef, $socket) = @_;
    return answer($compressed, 'Content-Encoding' => 'br') if $head =~ /^accept-encoding:.*\bbr\b/mi;
    return answer($page) if $head !~ m{^GET \S*slow};
    syswrite $socket, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n";
    for my $piece (unpack '(a9001)*', $page) {
        syswrite $socket, sprintf "%x\r\n%s\r\n", length $piece, $piece;
        select undef, undef, undef, 0.005;
    }
    return "0\r\n\r\n";
});
my %conf = (redis => ' ', server => <<'EOT');
        brotli on; gzip on; gzip_proxied any;
        ordersave_insert one append body;
        location / { proxy_pass http://store; }
        location /plain/ { proxy_pass http://store/; ordersave_insert one append .nowhere; }
        location /forced/ { proxy_set_header Accept-Encoding br; proxy_pass http://store/; }
        location /slow/ { proxy_http_version 1.1; proxy_buffering off; proxy_pass http://store; }
EOT

my ($ok, $text) = $t->try_config(%conf, main => "load_module $module;");
ok !$ok && $text =~ /"ngx_http_brotli_filter_module" must be loaded before "ngx_http_ordersave_module"/, 'loaded in the wrong order';

$t->write('nginx.conf', "load_module $module;\n" . $t->config(%conf));
$t->spawn('nginx', $t->{nginx}, '-p', $t->{dir}, '-c', $t->path('nginx.conf'), '-g', 'daemon off;');
$t->wait_for('nginx', sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port}) });

my $r = $t->get('/', headers => ['Accept-Encoding: gzip, br']);
is OrderSave::Nginx::header($r, 'Content-Encoding'), 'br', 'the client gets brotli';
ok brotli('--decompress', $r->{body}) eq with_ours($page), 'of the page with ours';
ok length $r->{body} < length($page) / 10, 'which is shorter';
unlike(($t->upstream_requests)[-1]{head}, qr/^accept-encoding/mi, 'and which the store was not asked for');

$r = $t->get('/slow/', headers => ['Accept-Encoding: br']);
ok brotli('--decompress', $r->{body}) eq with_ours($page), 'in pieces';
$r = $t->get('/plain/', headers => ['Accept-Encoding: br']);
ok brotli('--decompress', $r->{body}) eq $page, 'an anchor that is nowhere';
$r = $t->get('/', headers => ['Accept-Encoding: gzip']);
ok Compress::Zlib::memGunzip($r->{body}) eq with_ours($page), 'a client with gzip gets that';
$r = $t->get('/');
is OrderSave::Nginx::header($r, 'Content-Encoding'), undef, 'one without either';
ok $r->{body} eq with_ours($page), 'gets the page';

for my $accepted ('br', 'gzip', 'identity') {
    $r = $t->get('/forced/', headers => ["Accept-Encoding: $accepted"]);
    ok $r->{body} eq $compressed, "brotli of the store's own, for a client that accepts $accepted, passes";
    is join('|', $r->{head} =~ /^content-encoding: (.*?)\r?$/mig), 'br', 'once compressed';
}
is OrderSave::Nginx::header($r, 'Content-Length'), length $compressed, 'with its length';
$t->stop;
done_testing;
