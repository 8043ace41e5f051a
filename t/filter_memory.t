# A page of any length, cut in a tag wherever it is cut, takes no more memory
# than a short one.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;
use OrderSave::Splice;

my $n = 300_000;
my $t = splice_test;
$t->start_upstream(sub {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
        . "15\r\n<!doctype html><body>\r\n4\r\n<b a\r\n" . "a\r\n>x</b><b a\r\n" x $n . "d\r\n></b></body>\n\r\n0\r\n\r\n";
});
$t->start_nginx(redis => ' ', server => <<'EOT');
        proxy_http_version 1.1;
        location /buffered/ { ordersave_insert one before .nowhere; proxy_pass http://store/; }
        location /unbuffered/ { ordersave_insert one before .nowhere; proxy_buffering off; proxy_pass http://store/; }
        location /found/ { ordersave_insert one append body; proxy_pass http://store/; }
EOT

my ($worker) = split ' ', `pgrep -P $t->{pids}{nginx}`;
sub most { return `cat /proc/$worker/status` =~ /^VmHWM:\s+(\d+)/m ? $1 : die }
sub whole { my ($body, $ours) = @_; return $body eq '<!doctype html><body><b a' . '>x</b><b a' x $n . "></b>$ours</body>\n" }

ok whole($t->get('/found/')->{body}, OURS), 'a page that is read to its end';
my $before = most();
for my $uri ('/buffered/', '/unbuffered/') {
    ok whole($t->get($uri)->{body}, ''), "$uri: each piece holds a part of a tag";
    my $more = most() - $before;
    cmp_ok $more, '<', 8192, "and the process has not grown by $more kB";
}
$t->stop;
done_testing;
