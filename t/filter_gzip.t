# Compression: not between store and nginx, and as ever towards the client.

use strict;
use warnings;
use Test::More;
use Compress::Zlib ();
use OrderSave::Nginx;
use OrderSave::Splice;

my $page = "<!doctype html><body>\n" . "<p>a page of some length</p>\n" x 400 . "</body>\n";

my $t = splice_test;
$t->start_upstream(sub {
    my ($head) = @_;
    return $head =~ /^accept-encoding:.*gzip/mi
        ? answer(Compress::Zlib::memGzip($page), 'Content-Encoding' => 'gzip') : answer($page);
});
$t->start_nginx(redis => ' ', server => <<'EOT');
        gzip on; gzip_types text/html; gzip_proxied any;
        location / { ordersave_insert one append body; proxy_pass http://store; }
        location /forced/ { ordersave_insert one append body; proxy_set_header Accept-Encoding gzip; proxy_pass http://store/; }
        location /gunzip/ { ordersave_insert one append body; gunzip on; proxy_set_header Accept-Encoding gzip; proxy_pass http://store/; }
        location /off/ { proxy_pass http://store/; }
EOT

my $r = $t->get('/', headers => ['Accept-Encoding: gzip, br']);
is OrderSave::Nginx::header($r, 'Content-Encoding'), 'gzip', 'the client gets gzip';
is Compress::Zlib::memGunzip($r->{body}), with_ours($page), 'of the page with ours';
unlike(($t->upstream_requests)[-1]{head}, qr/^accept-encoding/mi, 'which the store was not asked for');

$r = $t->get('/');
is $r->{body}, with_ours($page), 'a client without gzip';
is OrderSave::Nginx::header($r, 'Content-Encoding'), undef, 'gets none';

$r = $t->get('/forced/', headers => ['Accept-Encoding: gzip']);
is Compress::Zlib::memGunzip($r->{body}), $page, 'what comes compressed all the same passes';

$r = $t->get('/gunzip/');
is $r->{body}, with_ours($page), 'behind gunzip, for a client without gzip';

$t->get('/off/', headers => ['Accept-Encoding: gzip']);
like(($t->upstream_requests)[-1]{head}, qr/^accept-encoding: gzip/mi, 'elsewhere the store is asked as ever');
$t->stop;

my $brotli = '/usr/lib/nginx/modules/ngx_http_brotli_filter_module.so';

SKIP: {
    skip 'no ngx_http_brotli_filter_module of Debian here', 2 if !-e $brotli or $ENV{ORDERSAVE_NO_LUA};
    $t = splice_test;
    $t->start_upstream(sub { answer($page) });
    my %conf = (redis => ' ', server => 'brotli on; brotli_types *; ordersave_insert one append body; location / { proxy_pass http://store; }');
    my ($ok, $text) = $t->try_config(%conf, main => "load_module $brotli;");
    ok !$ok && $text =~ /"ngx_http_brotli_filter_module" must be loaded before "ngx_http_ordersave_module"/, 'loaded in the wrong order';
    $t->write('nginx.conf', "load_module $brotli;\n" . $t->config(%conf));
    $t->spawn('nginx', $t->{nginx}, '-p', $t->{dir}, '-c', $t->path('nginx.conf'), '-g', 'daemon off;');
    $t->wait_for('nginx', sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port}) });
    my $r = $t->get('/', headers => ['Accept-Encoding: br']);
    open my $fh, '>:raw', $t->path('page.br') or die;
    print $fh $r->{body};
    close $fh;
    is scalar(`node -e 'process.stdout.write(require("zlib").brotliDecompressSync(require("fs").readFileSync(process.argv[1])))' $t->{dir}/page.br`),
        with_ours($page), 'in the right one the page with ours is compressed';
    $t->stop;
}

done_testing;
