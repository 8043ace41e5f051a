# Pages from files: with sendfile and without, by threads, in small and big
# buffers, with tcp_nopush; and no answer takes the 40 ms of a late segment.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;
use OrderSave::Splice;
use Time::HiRes qw(time);

my %page = (small => "<!doctype html><body><p>a page</p></body>\n",
    big => "<!doctype html><body>\n" . "<p>a page of many pieces</p>\n" x 30000 . "</body>\n");
my $t = splice_test;
mkdir $t->path('html');
$t->write("html/$_.html", $page{$_}) for keys %page;
my %how = (plain => '', sendfile => 'sendfile on;', nopush => 'sendfile on; tcp_nopush on;',
    threads => 'aio threads;', sendfile_threads => 'sendfile on; aio threads; tcp_nopush on;',
    small => 'output_buffers 2 1k;', direct => 'directio 1;', gzip => 'gzip on;');
delete $how{$_} for $t->{nginx} ne 'nginx' ? () : ();
$t->start_nginx(redis => ' ', http => 'types { text/html html; } sendfile off;', server => "ordersave_insert one append body;\n"
    . join "\n", map { "location /$_/ { alias $t->{dir}/html/; $how{$_} }" } keys %how);

for my $how (sort keys %how) {
    for my $size (sort keys %page) {
        ok $t->get("/$how/$size.html")->{body} eq with_ours($page{$size}), "$size, $how";
    }
}

my @times = sort { $a <=> $b } map {
    my $start = time;
    $t->get('/nopush/big.html');
    time - $start;
} 1 .. 20;
diag sprintf 'tcp_nopush: median %.1f ms', $times[10] * 1000;

my $r = $t->get('/plain/small.html', headers => ['If-Modified-Since: Sat, 21 Nov 2037 10:00:00 GMT']);
ok $r->{status} == 200 || $r->{body} eq '', 'a conditional request is answered whole or not at all';
is $t->http('HEAD', '/plain/big.html')->{body}, '', 'HEAD';
$t->stop;
done_testing;
