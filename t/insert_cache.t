# A page into which the same goes for all stays a page that caches may keep: with
# a cache in an nginx in front of ours.

use strict;
use warnings;
use Test::More;
use OrderSave::Nginx;
use OrderSave::Splice;

my $t = splice_test(campaign => {locales => ['en'], country_locales => {}});
my $page = "<!doctype html><body><p>a page</p></body>\n";
$t->start_upstream(sub {
    my ($head) = @_;
    my ($name) = $head =~ m{^\S+ /(\w*)};
    my %o = (ETag => $name eq 'weak' ? 'W/"s1"' : $name eq 'none' ? undef : '"s1"', 'Cache-Control' => $name eq 'mine' ? 'private' : 'max-age=' . ($name eq 'old' ? 1 : 60),
        'Last-Modified' => 'Sat, 21 Nov 2026 10:00:00 GMT');
    my $known = ($head =~ /^if-none-match: (.*?)\r?$/mi)[0];
    return answer('', %o, status => '304 Not Modified', 'Content-Length' => undef) if defined $known && $known =~ /"s1"/
        or !defined $known && $head =~ /^if-modified-since/mi;
    return answer($name eq 'css' ? 'p { }' : $page, %o, $name eq 'css' ? ('Content-Type' => 'text/css') : ());
});
my $front = OrderSave::Nginx::free_port();
mkdir $t->path('cache');
my @conf = (redis => ' ', http => <<EOT);
    proxy_cache_path $t->{dir}/cache keys_zone=c:1m;
    server {
        listen 127.0.0.1:$front;
        location / {
            proxy_pass http://127.0.0.1:\$at; proxy_cache c; proxy_cache_revalidate on;
            add_header X-Cache \$upstream_cache_status always;
        }
        set \$at PORT;
    }
EOT
$t->{port} = OrderSave::Nginx::free_port();
$conf[-1] =~ s/\$at;/$t->{port};/;
$conf[-1] =~ s/^ *set .*\n//m;
my $server = <<'EOT';
        location / { ordersave_insert one append body; proxy_pass http://store; }
        location /said { ordersave_insert one append body; default_type text/html; add_header Cache-Control max-age=60; return 200 "<body>said</body>"; }
        location /elsewhere/ { ordersave_insert one prepend body; proxy_pass http://store/; }
EOT
$t->start_nginx(@conf, server => $server);
my $with = with_ours($page);
my $head = sub { OrderSave::Nginx::header(@_) };

# what nginx itself says, before anybody has asked for such a page

my $r = $t->get('/said');
like $r->{body}, qr/\Q@{[OURS]}/, 'a page of nginx itself';
is $head->($r, 'Cache-Control'), 'max-age=60', 'is the same for all too';

$r = $t->get('/a');
is $r->{body}, $with, 'ours is in it';
like my $tag = $head->($r, 'ETag'), qr{^W/"s1;os=[0-9a-f]{8}"$}, 'the validator is weak, and has the revision of ours in it';
is $head->($r, 'Cache-Control'), 'max-age=60', 'caches may keep it';
is $head->($r, $_), undef, "no $_" for qw(Last-Modified Content-Length Accept-Ranges);
is $head->($t->get('/mine'), 'Cache-Control'), 'private', 'as far as the store lets them';
is $head->($t->get('/weak'), 'ETag'), $tag, 'a weak one of the store';
is $head->($t->get('/none'), 'ETag'), undef, 'none without one of the store';
isnt my $other = $head->($t->get('/elsewhere/a'), 'ETag'), $tag, 'in another place it is another page';
is $head->($t->get('/css'), 'ETag'), '"s1"', 'what nothing goes into has its own';

# asked again

for my $known ($tag, "\"x\", $tag", "$tag,\"y\"") {
    my $again = $t->get('/a', headers => ["If-None-Match: $known", 'If-Modified-Since: Sat, 21 Nov 2026 10:00:00 GMT']);
    is $again->{status}, 304, "$known: it is the same";
    is $head->($again, 'ETag'), $tag, 'and keeps its name';
}
my ($asked) = reverse $t->upstream_requests;
like $asked->{head}, qr{^If-None-Match: W/"s1", "y"\r?$}mi, 'the store was asked for what is its';
for my $known ($other, $tag =~ s/os=.{8}/os=00000000/r, 'W/"s2;os=' . substr($tag, 9, 8) . '"') {
    my $again = $t->get('/a', headers => ["If-None-Match: $known", 'If-Modified-Since: Sat, 21 Nov 2026 10:00:00 GMT']);
    is $again->{status}, 200, "$known: it is another";
    is $again->{body}, $with, 'whole';
}
is $t->get('/css', headers => ['If-None-Match: "s1"'])->{status}, 304, 'what nothing goes into is known by its own';

# the cache in front

for my $want (qw(MISS HIT HIT)) {
    my $r = $t->get('/a', port => $front);
    is $head->($r, 'X-Cache'), $want, "in front: $want";
    is $r->{body}, $with, 'with ours';
    is $head->($r, 'ETag'), $tag, 'and its validator';
}
is $t->get('/a', port => $front, headers => ["If-None-Match: $tag"])->{status}, 304, 'which the cache answers by itself';
is $head->($t->get('/mine', port => $front), 'X-Cache'), 'MISS', 'what is private' for 1, 2;

# one that is kept and old is asked for again, by that validator

my $old;
ok $t->wait_for('one that is asked for again', sub {
    $old = $t->get('/old', port => $front);
    ($head->($old, 'X-Cache') // '') eq 'REVALIDATED';
}), 'one that got old is asked for by that validator';
is $old->{body}, $with, 'and is the same';

# another block: what was kept is another page

$t->write('templates/block_one.html.mustache', '<div id="ours">new</div>');
$t->kill_now('nginx', 'QUIT');
$t->start_nginx(@conf, server => $server);
my $new = $t->get('/a', headers => ["If-None-Match: $tag", 'If-Modified-Since: Sat, 21 Nov 2026 10:00:00 GMT']);
is $new->{status}, 200, 'a new block: not the same any more';
like $new->{body}, qr{<div id="ours">new</div></body>}, 'it is there';
isnt $head->($new, 'ETag'), $tag, 'under another name';

# more languages than one: it is not the same for all

$t->write('campaign.json', JSON::PP->new->utf8->encode($t->campaign));
$t->kill_now('nginx', 'QUIT');
$t->start_nginx(@conf, server => $server);
$r = $t->get('/a');
is $head->($r, 'ETag'), undef, 'of two languages: no validator';
is $head->($r, 'Cache-Control'), 'private, max-age=60', 'and no cache that is shared';

$t->stop;
done_testing;
