# Pages from files: with sendfile and without, by threads, in small and big
# buffers, with tcp_nopush; and the end of a page is not sent by itself, which
# tcp_nopush would hold back for 40 ms.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;
use OrderSave::Splice;
use POSIX qw(strftime);

my %page = (small => "<!doctype html><body><p>a page</p></body>\n",
    big => "<!doctype html><body>\n" . "<p>a page of many pieces</p>\n" x 30000 . "</body>\n");
# ours goes behind the last byte; in the middle of a tag the page is over
my %end = (open => "<!doctype html><body><p>a page</p>\n", tag => "<!doctype html><body><p>a page</p>\n<im",
    name => "<!doctype html><body><p>a page</p></body", bare => "<p>a part</p><b title='");
my $t = splice_test;
mkdir $t->path('html');
$t->write("html/$_.html", $page{$_}) for keys %page;
$t->write("html/$_.html", $end{$_}) for keys %end;
my %how = (plain => '', sendfile => 'sendfile on;', nopush => 'sendfile on; tcp_nopush on;',
    threads => 'aio threads;', sendfile_threads => 'sendfile on; aio threads; tcp_nopush on;',
    small => 'output_buffers 2 1k;', direct => 'directio 1;', gzip => 'gzip on;');
$t->start_nginx(redis => ' ', log_level => 'debug', http => 'types { text/html html; } sendfile off;', server => "ordersave_insert one append body;\n"
    . join "\n", map { "location /$_/ { alias $t->{dir}/html/; $how{$_} }" } keys %how);

for my $how (sort keys %how) {
    for my $size (sort keys %page) {
        ok $t->get("/$how/$size.html")->{body} eq with_ours($page{$size}), "$size, $how";
    }
}

for my $how (qw(plain sendfile threads small)) {
    for my $end (sort keys %end) {
        my $r = $t->get("/$how/$end.html");
        is $r->{body}, $end{$end} . ($end eq 'open' ? OURS : ''), "$end, $how";
        like $r->{raw}, qr/\r\n0\r\n\r\n\z/, 'and its end';
    }
}

# what nginx is given to write when it first hears that this is the end of it
SKIP: {
    skip 'an nginx without debug log', 6 if `$t->{nginx} -V 2>&1` !~ /--with-debug/;
    for my $how (qw(sendfile nopush sendfile_threads)) {
        for my $size (sort keys %page) {
            my $before = length $t->read('logs/error.log');
            $t->get("/$how/$size.html");
            my $end;
            $t->wait_for('the end', sub { ($end) = substr($t->read('logs/error.log'), $before) =~ /http write filter: l:1 f:\d s:(\d+)/ });
            cmp_ok $end, '>', length(OURS) + length("</body>\n"), "$size, $how: the end goes out with ours and the last of the page";
        }
    }
}

# what the file has of validators and ranges is about the file
my $time = strftime '%a, %d %b %Y %H:%M:%S GMT', gmtime((stat $t->path('html/small.html'))[9]);
for my $how (qw(plain sendfile threads)) {
    my $r = $t->get("/$how/small.html", headers => ["If-Modified-Since: $time"]);
    is "$r->{status} $r->{body}", '304 ', "$how: not modified";
    $r = $t->get("/$how/small.html", headers => ['Range: bytes=15-20']);
    is "$r->{status} $r->{body}", '206 <body>', "$how: a range";
    is OrderSave::Nginx::header($r, 'Content-Range'), 'bytes 15-20/' . length $page{small}, 'of the file';
    $r = $t->get("/$how/small.html", headers => ['Range: bytes=0-1,15-20']);
    like $r->{body}, qr{\r\n\r\n<!\r\n.*\r\n\r\n<body>\r\n}s, "$how: two of them";
    unlike $r->{body}, qr/id="ours"/, 'as they are';
    $r = $t->http('HEAD', "/$how/big.html");
    is OrderSave::Nginx::header($r, 'Content-Length') . $r->{body}, length $page{big}, "$how: HEAD";
}
$t->stop;
done_testing;
