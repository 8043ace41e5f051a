# What should have gone into a page and did not is counted by its reason, and
# told once for each place in the configuration.

use strict;
use warnings;
use v5.30;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Nginx;
use OrderSave::Splice;

my $html = sub { "<!doctype html><html><head><title>x</title></head><body>$_[0]</body></html>\n" };
my %answers = (
    there => answer($html->('<main class="order">x</main>')),
    none => answer($html->('<main>x</main>')),
    link => answer($html->('<a href="/"><span class="order">x</span></a>')),
    unsure => answer('<!doctype html><meta charset=iso-2022-jp><body><main class="order">x</main></body>',),
    cut => answer('<!doctype html><body><main>x', 'Content-Length' => 500, Connection => 'close'),
    part => answer('<p>a part of a page</p>'),
);

my $t = splice_test;
$t->write('templates/block_two.html.mustache', '<p>two</p>');
$t->start_redis;
$t->start_upstream(sub { my ($head) = @_; my ($name) = $head =~ m{^\S+ /([^ ?]*)}; return $answers{$name} // answer('?') });
$t->start_nginx(log_level => 'info', server => <<'EOT');
        location / {
            ordersave_insert one before .order;
            ordersave_insert one before .summary;
            ordersave_insert two append body;
            proxy_pass http://store;
        }
        location /other/ { ordersave_insert one before .order; proxy_pass http://store/; }
        location = /ordersave/status { ordersave_status; }
EOT

my @names = map { "missed_$_" } qw(element place unsure cut);
sub counts { my $s = JSON::PP::decode_json($t->get('/ordersave/status')->{body}); return [@$s{@names, 'splice_missed'}] }
sub told { my @l = grep { /no place here for/ } split /\n/, $t->read('logs/error.log'); return @l }

like $t->get('/there')->{body}, qr/id="ours".*<p>two/s, 'both go in';
is_deeply counts(), [0, 0, 0, 0, 0], 'nothing is missed';

for my $turn (1 .. 3) {
    like $t->get('/none')->{body}, qr/<main>x<\/main><p>two/, "one goes in, the other has no place, $turn";
}
is_deeply counts(), [3, 0, 0, 0, 0], 'of each page';
is scalar(told()), 1, 'and told once';
like +(told())[0], qr/\[info\].*no place here for the block of \S+nginx\.conf:\d+: the page has no element that an anchor names; "ordersavectl page" shows .*request: "GET \/none/, 'with the directive, the reason and the request';

$t->get('/link') for 1, 2;
is_deeply counts(), [3, 2, 0, 0, 0], 'a place where a browser leaves no block';
is scalar(told()), 2, 'is another reason, and told once';
like +(told())[1], qr/its element is there, but where a browser would leave no block/, 'as what it is';

$t->get('/unsure') for 1, 2;
is_deeply counts(), [3, 2, 4, 0, 2], 'an encoding in which tags are not sure: both blocks';
$t->get('/cut') for 1, 2;
is_deeply counts(), [3, 2, 4, 4, 4], 'a page that ends before its time';
$t->get('/part');
is_deeply counts(), [3, 2, 4, 4, 5], 'what is no whole page misses nothing';

my $before = told();
$t->get('/other/none');
is scalar(told()), $before + 1, 'another location tells its own';

$t->stop;
done_testing;
