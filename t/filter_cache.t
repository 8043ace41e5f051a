# What a cache of nginx keeps is the store's page, whatever goes into it.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;
use OrderSave::Splice;
use Socket qw(IPPROTO_TCP TCP_NODELAY);
use Time::HiRes qw(sleep);

my $pieces = '<!doctype html><body>' . '<p class="a b">text</p><i title="q">zz</i>' x 160 . '<hr class="x"></body>';
my $page = "<!doctype html><body>\n" . "<p>a page</p>\n" x 900 . "</body>\n";
my $t = splice_test;
$t->start_upstream(sub {
    my ($head, undef, $socket) = @_;
    if ($head =~ m{^GET /threads/(\d+)}) {
        # what one piece brings may be held as a whole
        my ($n, $at) = ($1, 0);
        setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;
        syswrite $socket, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n";
        srand $n;
        while ($at < length $pieces) {
            my $piece = substr $pieces, $at, 1 + rand((20, 100)[$n % 2]);
            $at += length $piece;
            syswrite $socket, sprintf "%x\r\n%s\r\n", length $piece, $piece;
        }
        return "0\r\n\r\n";
    }
    # what shall be old soon, and what shall not
    my $age = $head =~ /k=old/ ? 1 : 3600;
    return "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nCache-Control: max-age=$age\r\n\r\n" if $head =~ /^if-none-match/mi;
    return answer($page, 'Cache-Control' => "max-age=$age", ETag => '"1"', 'Accept-Ranges' => 'bytes');
});
mkdir $t->path('cache');
$t->start_nginx(redis => ' ', http => "proxy_cache_path $t->{dir}/cache keys_zone=c:1m;", server => <<'EOT');
        proxy_cache c;
        proxy_cache_revalidate on;
        proxy_cache_use_stale error timeout;
        proxy_cache_key $arg_k;
        add_header X-Cache $upstream_cache_status always;
        location / { ordersave_insert one append body; proxy_pass http://store; }
        location /plain/ { proxy_pass http://store/; }
        location /threads/ {
            sendfile on; aio threads; send_timeout 10s; proxy_http_version 1.1; proxy_cache_key $uri;
            ordersave_insert one before .x;
            proxy_pass http://store;
        }
EOT

my $with = with_ours($page);
for my $want (qw(MISS HIT HIT)) {
    my $r = $t->get('/?k=1');
    is OrderSave::Nginx::header($r, 'X-Cache'), $want, $want;
    is $r->{body}, $with, 'with ours';
}

my $r = $t->get('/plain/?k=1');
is OrderSave::Nginx::header($r, 'X-Cache'), 'HIT', 'another location finds the same';
is $r->{body}, $page, 'without ours';
my ($file) = glob "$t->{dir}/cache/*";
my $copy = $t->read('cache/' . $file =~ s{.*/}{}r);
like $copy, qr{<p>a page</p>\n</body>\n\z}, 'the copy is the page';
unlike $copy, qr/id="ours"/, 'and does not hold it';

$r = $t->get('/?k=1', headers => ['Range: bytes=15-20']);
ok "$r->{status} $r->{body}" eq '206 <body>', 'a range of the page the store gave';
$r = $t->get('/?k=1', headers => ['If-None-Match: "1"']);
is "$r->{status} $r->{body}", '304 ', 'and its validator';
$r = $t->http('HEAD', '/?k=1');
is OrderSave::Nginx::header($r, 'X-Cache') . OrderSave::Nginx::header($r, 'Content-Length'), 'HIT' . length $page, 'HEAD';

$t->get('/?k=old');
sleep 2.1;
$r = $t->get('/?k=old');
is OrderSave::Nginx::header($r, 'X-Cache'), 'REVALIDATED', 'revalidated';
is $r->{body}, $with, 'with ours';

# a file in the cache that threads send, while the store is not through
my @stalled = grep { $t->get("/threads/$_")->{body} ne $pieces =~ s{(?=<hr)}{OURS}er } 1 .. 200;
is "@stalled", '', 'nothing waits for what has been sent';

sleep 2.1;
$t->kill_now('upstream');
$r = $t->get('/?k=old');
is OrderSave::Nginx::header($r, 'X-Cache'), 'STALE', 'stale';
is $r->{body}, $with, 'with ours';
$t->stop;
done_testing;
