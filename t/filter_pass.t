# What is no page to put something into passes byte for byte.

use strict;
use warnings;
use Test::More;
use Compress::Zlib ();
use Encode qw(encode);
use OrderSave::Nginx;
use OrderSave::Splice;

my $page = "<!doctype html><body><p>a page</p></body>\n";
my $gzip = Compress::Zlib::memGzip($page);
my %answers = (
    html => answer($page), upper => answer($page, 'Content-Type' => 'TEXT/HTML'),
    json => answer($page, 'Content-Type' => 'application/json'),
    xhtml => answer($page, 'Content-Type' => 'application/xhtml+xml'),
    notype => answer($page, 'Content-Type' => undef),
    204 => "HTTP/1.1 204 No Content\r\n\r\n", 304 => "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n",
    201 => answer($page, status => '201 Created'), 404 => answer($page, status => '404 Not Found'),
    500 => answer($page, status => '500 Internal Server Error'),
    302 => answer($page, status => '302 Found', Location => '/x'),
    206 => answer(substr($page, 0, 20), status => '206 Partial Content', 'Content-Range' => 'bytes 0-19/' . length $page),
    range => answer($page, 'Content-Range' => 'bytes 0-19/99'),
    gzip => answer($gzip, 'Content-Encoding' => 'gzip'), br => answer('brotli', 'Content-Encoding' => 'br'),
    deflate => answer(Compress::Zlib::compress($page), 'Content-Encoding' => 'deflate'),
    notransform => answer($page, 'Cache-Control' => 'max-age=60, No-Transform'),
    notransforms => answer($page, 'Cache-Control' => 'max-age=60, x="no-transform"'),
    empty => answer(''),
    utf16le => answer("\xff\xfe" . encode('UTF-16LE', $page)), utf16be => answer("\xfe\xff" . encode('UTF-16BE', $page)),
    # two-byte characters that look like an end tag
    iso2022 => answer("<!doctype html><meta charset=iso-2022-jp><body>\e\$B</body>!\e(B</body>\n"),
    csiso2022 => answer("<!doctype html><meta charset=csISO2022JP><body>\e\$B</body>!\e(B</body>\n"),
    iso2022late => answer('<!doctype html><body>' . '<p>text</p>' x 20 . "<meta charset=\"iso-2022-jp\">\e\$B</body>!\e(B" . '<p>text</p>' x 20 . "</body>\n"),
    map({ $_ => answer($page, 'Content-Type' => "text/html; charset=$_") }
        qw(utf-8 UTF-8 us-ascii iso-8859-1 ISO-8859-15 windows-1252 euc-kr Shift_JIS gb18030 big5
           utf-16 utf-16le UTF-16BE utf-32 iso-2022-jp ISO-2022-KR hz-gb-2312 utf-7 ibm037 x-unknown)),
);

my $t = splice_test;
$t->start_redis;
$t->start_upstream(sub { my ($head) = @_; my ($name) = $head =~ m{^\S+ /([^ ?]*)}; return $answers{$name} // answer('?') });
$t->start_nginx(server => <<'EOT');
        ordersave_insert one append body;
        location / { proxy_pass http://store; proxy_http_version 1.1; proxy_set_header Connection ""; }
        location /x/ { ordersave_types application/xhtml+xml application/json; proxy_pass http://store/; }
        location /any/ { ordersave_types *; proxy_pass http://store/; }
        location = /ordersave/status { ordersave_status; }
EOT

my $with = with_ours($page);

sub body_of { return (split /\r\n\r\n/, $answers{$_[0]}, 2)[1] }

is $t->get("/$_")->{body}, $with, "$_ is a page" for qw(html upper);
is $t->get("/$_")->{body}, body_of($_), "answer $_ is none" for qw(json xhtml notype 201 404 500 302 206 range gzip br deflate notransform empty);
is OrderSave::Nginx::header($t->get('/empty'), 'Content-Length'), '0', 'an empty answer keeps its length';
is $t->get("/$_")->{body}, body_of($_), "$_, which no header says" for qw(utf16le utf16be);
is $t->get("/$_")->{body}, body_of($_), "ISO-2022-JP, which only the page says: $_" for qw(iso2022 csiso2022 iso2022late);
is $t->get('/204')->{status}, 204, 'no content';
is $t->get('/304')->{status}, 304, 'not modified';
is $t->get('/notransforms')->{body}, $with, 'a word in quotes is no directive';
is $t->get("/$_")->{body}, $with, "charset $_" for qw(utf-8 UTF-8 us-ascii iso-8859-1 ISO-8859-15 windows-1252 euc-kr Shift_JIS gb18030 big5);
is $t->get("/$_")->{body}, $page, "charset $_ passes" for qw(utf-16 utf-16le UTF-16BE utf-32 iso-2022-jp ISO-2022-KR hz-gb-2312 utf-7 ibm037 x-unknown);

is $t->get("/x/$_")->{body}, $with, "$_ when it is listed" for qw(xhtml json html);
is $t->get('/any/json')->{body}, $with, 'any type';

my $head = $t->http('HEAD', '/html');
is $head->{body}, '', 'HEAD';
is OrderSave::Nginx::header($head, 'Content-Length'), length $page, 'has the length of the store';
is $t->get('/html', headers => ['Range: bytes=0-9'])->{body}, $page, 'a request for a range gets the store\'s answer';
is $t->post('/html', [[a => 1]])->{body}, $with, 'a POST that gives a page';

my $status = JSON::PP::decode_json($t->get('/ordersave/status')->{body});
is $status->{splice_compressed}, 3, 'compressed answers are counted';
ok $status->{splice_done} > 10, 'and what was done';
$t->stop;
done_testing;
