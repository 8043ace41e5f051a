# The headers of a page that something goes into: no length, no validators, no
# digest, and nothing that lets a shared cache keep it.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;
use OrderSave::Splice;

my $page = "<!doctype html><body><p>a page</p></body>\n";
my %cache = (
    none => undef, public => 'public, max-age=600', shared => 's-maxage=9, max-age=5, must-revalidate',
    private => 'private, max-age=3', store => 'no-store', quoted => 'public, x="a, b"', empty => 'public',
    no_cache => 'no-cache="Set-Cookie", public',
    tight => 'a,b,c,d,e,f,g,h,i,j', many => join(',', map { "x$_" } 1 .. 40), quote => 'x="a\\", public, b",public',
    unclosed => 'public,x="a\\',
);

my $t = splice_test;
$t->start_upstream(sub {
    my ($head) = @_;
    my ($name) = $head =~ m{^\S+ /(\w*)};
    my $two = $name eq 'two' ? "Cache-Control: public\r\nCache-Control: max-age=7\r\n" : '';
    my $answer = answer($page, 'Cache-Control' => $cache{$name}, ETag => '"x"', 'Accept-Ranges' => 'bytes',
        'Last-Modified' => 'Sat, 21 Nov 2026 10:00:00 GMT', 'Content-MD5' => 'Q2hlY2s=', Digest => 'sha-256=x',
        'Content-Digest' => 'sha-256=:x:', 'Set-Cookie' => 'a=b', 'X-Other' => 'kept',
        'CDN-Cache-Control' => 'max-age=600', 'Cloudflare-CDN-Cache-Control' => 'max-age=600',
        'Surrogate-Control' => 'max-age=600', 'X-Accel-Expires' => '600', 'X-CDN' => 'kept', $name eq 'identity' ? ('Content-Encoding' => 'identity') : ());
    return $answer =~ s/\r\n\r\n/\r\n$two\r\n/r;
});
$t->start_nginx(redis => ' ', http => "log_format sent '\$uri \$sent_http_cache_control'; access_log $t->{dir}/logs/sent.log sent;", server => <<'EOT');
        ordersave_insert one append body;
        proxy_pass_header X-Accel-Expires;
        location / { proxy_pass http://store; }
        location /plain/ { ordersave_insert off; proxy_pass http://store/; }
        location /expires/ { expires 1h; proxy_pass http://store/; }
        location /ranges/ { add_header Accept-Ranges bytes; proxy_pass http://store/; }
        location /nowhere/ { ordersave_insert one append .nowhere; proxy_pass http://store/; }
EOT

my %want = (none => 'private', public => 'private, max-age=600', shared => 'private, max-age=5, must-revalidate',
    private => 'private, max-age=3', store => 'no-store', quoted => 'private, x="a, b"', empty => 'private',
    no_cache => 'private, no-cache="Set-Cookie"', tight => 'private, a, b, c, d, e, f, g, h, i, j',
    many => join(', ', 'private', map { "x$_" } 1 .. 40), quote => 'private, x="a\\", public, b"',
    unclosed => 'private, x="a\\');

for my $name (sort keys %want) {
    my $r = $t->get("/$name");
    is join('|', $r->{head} =~ /^cache-control: (.*?)\r?$/mig), $want{$name}, "$name: " . ($cache{$name} // '');
}

my $r = $t->get('/two');
is join('|', $r->{head} =~ /^cache-control: (.*?)\r?$/mig), 'private|max-age=7', 'two headers';
is OrderSave::Nginx::header($r, $_), undef, "no $_" 
    for qw(ETag Last-Modified Accept-Ranges Content-Length Content-MD5 Digest Content-Digest CDN-Cache-Control
        Cloudflare-CDN-Cache-Control Surrogate-Control X-Accel-Expires);
is OrderSave::Nginx::header($t->get('/plain/none'), 'X-Accel-Expires'), '600', 'which a page that is not changed keeps';
is OrderSave::Nginx::header($t->get('/store'), 'Surrogate-Control'), undef, 'nor what speaks to one kind of caches, beside no-store';
is $t->get('/identity')->{body}, with_ours($page), 'identity is no compression';
is OrderSave::Nginx::header($r, $_->[0]), $_->[1], "$_->[0] is left" for ['Set-Cookie', 'a=b'], ['X-Other', 'kept'], ['X-CDN', 'kept'], ['Content-Type', 'text/html'];
is OrderSave::Nginx::header($t->get('/ranges/none'), 'Accept-Ranges'), undef, 'nor ranges that add_header promises';
ok $t->wait_for('the log', sub { $t->read('logs/sent.log') =~ m{^/none private$}m }), '$sent_http_cache_control has what we added';
like $t->get('/expires/none')->{head}, qr/^Cache-Control: private, max-age=3600\r?$/mi, 'beside expires';

$r = $t->get('/nowhere/none');
is $r->{body}, $page, 'an anchor that is not met: the page as it was';
is OrderSave::Nginx::header($r, 'Content-Length'), undef, 'though nobody knew when the header was sent';
is $t->get('/none', headers => ['If-None-Match: "x"'])->{status}, 200, 'a validator of the page before is not known again';
$t->stop;
done_testing;
