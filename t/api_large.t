# What anybody may post to the API is small, whatever the location takes for the
# photos of those who were asked for a review.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->order(19, track => {milestone => 'delivered', at => {}});
mkdir $t->path('photos');
$t->start_nginx(server => $t->woo . "client_max_body_size 30m; client_body_buffer_size 16k; ordersave_photos $t->{dir}/photos max=5m;");

my ($worker) = split ' ', `pgrep -P $t->{pids}{nginx}`;
sub most { return `cat /proc/$worker/status` =~ /^VmHWM:\s+(\d+)/m ? $1 : die }

my %token = (s => 'shop', x => time + 600, l => 'en', g => 0, o => '19');
my $large = 'a=' . 'x' x (19 << 20);
$t->http('POST', '/ordersave/decide', body => 'a=b');
my $before = most();
for my $path ('decide', 'track', 'review/nobody', 'review/' . $t->sign({%token, p => 'track'}), 'review/' . $t->sign({%token, p => 'review', x => time - 600}),
              'track/' . $t->sign({%token, p => 'track'}), 'nothing') {
    my $r = $t->http('POST', "/ordersave/$path", body => $large);
    like $r->{status}, qr/^[234]\d\d$/, $path =~ s/\..*//r . " is answered: $r->{status}";
    my $more = most() - $before;
    cmp_ok $more, '<', 4096, "and the process has grown by $more kB" unless $ENV{ASAN_OPTIONS};
}
my $r = $t->http('POST', '/ordersave/review/' . $t->sign({%token, p => 'review'}), body => $large);
like $r->{status}, qr/^[24]\d\d$/, 'who may send a photo is listened to';

$t->stop;
done_testing;
