# Forty languages: nginx takes them in little memory, a buyer has a page in each.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Nginx;

my @shipped = map { m{([^/]+)\.json$} ? $1 : () } glob 'campaign/locales/*.json';
my @more = map { 'fr-' . chr(65 + int $_ / 26) . chr(65 + $_ % 26) } 0 .. 39 - @shipped;
my $t = OrderSave::Nginx->new(campaign => {locales => [@shipped, @more]});
mkdir $t->path('locales');
my $french = do { local (@ARGV, $/) = 'campaign/locales/fr.json'; <> };
$t->write("locales/$_.json", $french =~ s/"locale": "fr"/"locale": "$_"/r) for @more;
$t->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->start_nginx(server => $t->woo);

my ($most) = do { local (@ARGV, $/) = "/proc/$t->{pids}{nginx}/status"; <> } =~ /^VmHWM:\s+(\d+) kB/m;
cmp_ok $most, '<', 40 * 1024, "forty locales in $most kB";
for my $tag (@shipped, $more[0], $more[-1]) {
    my $page = $t->get('/ordersave/track', headers => ["Accept-Language: $tag"])->{body};
    like $page, qr/<html lang="\Q$tag\E"/, "$tag has its page";
}
unlike $t->read('logs/error.log') . $t->read('logs/nginx.out'), qr/lacks \d+ text/, 'none of them lacks a text';

$t->stop;
done_testing;
