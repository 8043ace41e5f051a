# A page that nginx fetches in slices is whole, whatever it would be spliced
# with: what is in one slice may be read, of several only the first could be.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;
use OrderSave::Splice;

my %page = (small => "<!doctype html><body>\n<p>a page</p></body>\n",
    big => "<!doctype html><body>\n" . "<p>a page</p>\n" x 900 . "</body>\n");
my $t = splice_test;
$t->start_upstream(sub {
    my ($head) = @_;
    my ($page) = map { $page{$_} } $head =~ m{^GET /(\w+)};
    my ($from, $to) = $head =~ /^range: bytes=(\d+)-(\d+)/mi or return answer($page);
    $to = length($page) - 1 if $to >= length $page;
    return answer(substr($page, $from, $to - $from + 1), status => '206 Partial Content', ETag => '"1"',
        'Content-Range' => "bytes $from-$to/" . length $page);
});
$t->start_nginx(redis => ' ', server => <<'EOT');
        location / {
            slice 4k; proxy_set_header Range $slice_range; proxy_http_version 1.1;
            ordersave_insert one append body;
            proxy_pass http://store;
        }
EOT

for (1 .. 2) {
    my $r = $t->get('/big');
    ok $r->{body} eq $page{big}, 'in several slices: as it was';
    is OrderSave::Nginx::header($r, 'Content-Length'), length $page{big}, 'and as long as it says';
    is $t->get('/small')->{body}, with_ours($page{small}), 'in one: with ours';
}
$t->stop;
done_testing;
