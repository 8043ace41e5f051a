# A shop's first files: what init asks, what it writes and never overwrites, and
# that nginx and ordersavectl take it as it is, for each platform.

use strict;
use warnings;
use lib 't/lib';

use Cwd qw(getcwd);
use IPC::Open2;
use JSON::PP;
use Test::More;
use OrderSave::Nginx;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
$t->start(no_worker => 1);
my $share = getcwd . '/campaign';
my %said = (site => $t->{demo}->url, name => "Jo's Mugs", address => 'Road 1, Town', country => 'FR', from => 'Jo <jo@mugs.test>', support => 'help@mugs.test',
            redis => "127.0.0.1:$t->{redis_port}", smtp => '127.0.0.1:' . $t->{sink}->smtp_port);

sub slurp { my ($file) = @_; open my $fh, '<', $file or return undef; local $/; return scalar <$fh> }
sub init {
    my ($folder, %o) = @_;
    my $pid = open2(my $out, my $in, 'sh', '-c', 'exec "$0" "$@" 2>&1', $t->{ctl}, 'init', '--share', $share, '--folder', $folder, @{$o{words} // []}, map { ("--$_", $o{$_}) } sort grep { $_ ne 'words' && $_ ne 'typed' } keys %o);
    print $in $o{typed} // '';
    close $in;
    my $said = do { local $/; <$out> };
    waitpid $pid, 0;
    return ($? >> 8, $said);
}

my ($rc, $out) = init($t->path('a'), words => ['--yes']);
is $rc, 2, 'without a question what has no usual answer must be said';
like $out, qr/init: --site: expected an address such as/, 'it is named';
ok !-e $t->path('a'), 'and nothing is written';

for my $platform (qw(woocommerce magento prestashop shopware opencart sylius evershop medusa saleor other)) {
    my $folder = $t->path($platform);
    ($rc, $out) = init($folder, %said, platform => $platform, words => ['--yes']);
    is $rc, 0, "$platform: written" or diag $out;
    my $campaign = decode_json slurp("$folder/shop.json");
    is $campaign->{state}, 'observe', "$platform: the campaign observes";
    is_deeply [@$campaign{qw(site country)}, $campaign->{brand}{name}, $campaign->{mail}{support}], [@said{qw(site country name support)}], "$platform: it is the shop's";
    is_deeply [grep { my $g = $_->{give}; $g->{coupon} || $g->{discount} || $g->{free_shipping} || $g->{next_order} } @{$campaign->{offers}}], [], "$platform: no offer costs money";
    is sprintf('%o', (stat "$folder/$_")[2] & 0777), '640', "$platform: nobody else reads $_" for qw(keys hook-secret);
    like slurp("$folder/keys"), qr/\Ak1:\S{48}\ncustomer:\S{48}\n\z/, "$platform: two keys";
    $t->write("$platform/api-key", "$t->{demo}{key}\n") if $platform eq 'woocommerce';
    my $check = `$t->{ctl} -c $folder/worker.json check 2>&1`;
    unlike $check, qr/^not ok - (?!no word of an example|.*(?:AOF|appendonly|append-only|evict))/m, "$platform: check finds no fault" or diag $check;

    # the lines as they are, in an nginx before the demo's store
    my $n = OrderSave::Nginx->new;
    $n->{upstream_port} = $t->{demo}->url =~ /:(\d+)/ ? $1 : 0;
    my ($http, $server) = map { slurp("$folder/nginx-$_.conf") } qw(http server);
    s{http://127\.0\.0\.1:8081}{http://store}g for $http, $server;
    $n->{port} = OrderSave::Nginx::free_port();
    my $conf = $n->config(redis => $http, server => $server =~ m{^location / }m ? $server : "$server\nlocation / { proxy_pass http://store; }");
    $conf =~ s/^ +ordersave_(?:store|campaign|key_file) \S*\$?\Q$n->{dir}\E\S*;\n|^ +ordersave_store shop;\n(?= +ordersave_campaign \Q$n->{dir}\E)//gm;
    $n->write('nginx.conf', $conf);
    my ($good, $text) = $n->nginx_test;
    ok $good, "$platform: nginx -t" or diag $text;
    $n->spawn('nginx', $n->{nginx}, '-p', $n->{dir}, '-c', $n->path('nginx.conf'), '-g', 'daemon off;');
    $n->wait_for('nginx', sub { $n->reaches_redis });
    is $n->get('/')->{status}, 200, "$platform: nginx takes the lines as they are";
    is $n->get('/ordersave/track')->{status}, 200, "$platform: and shows a page of ours";
    $n->stop;

    like $out, qr/^ +redis-cli -h 127\.0\.0\.1 -p $t->{redis_port} config set appendonly yes\n.*systemctl enable --now ordersave-worker\n.*check --live\n/ms, "$platform: it says what is left, in the order in which it works";

    my @before = map { "$_ " . slurp($_) } sort glob "$folder/*";
    ($rc, $out) = init($folder, %said, platform => $platform, name => 'Another', words => ['--yes']);
    is $rc, 0, "$platform: a second time";
    like $out, qr/shop\.json: is there already, and stays as it is/, "$platform: says what is there";
    is_deeply [map { "$_ " . slurp($_) } sort glob "$folder/*"], \@before, "$platform: and changes nothing";
}

# asked at a terminal: what is wrong is asked for again, an empty line takes what is usual

($rc, $out) = init($t->path('typed'), typed => join "\n", '', 'shop.example', 'https://mugs.test', 'Mugs', 'Road 2', 'fr', 'FR', 'nobody', 'orders@mugs.test', 'help@mugs.test', 'mugs', 'php', '', '', '');
is $rc, 0, 'answers typed' or diag $out;
like $out, qr/Expected an address such as https:.*Expected two capital letters.*Expected an address, such as/s, 'a wrong one is asked for again';
is decode_json(slurp($t->path('typed/mugs.json')))->{site}, 'https://mugs.test', 'the right one is taken';
like slurp($t->path('typed/nginx-server.conf')), qr/try_files \$uri \$uri\/ \/index\.php\?\$args;/, 'php-fpm has its own lines';
is decode_json(slurp($t->path('typed/worker.json')))->{redis}{port}, 6379, 'an empty line is what is usual';
($rc, $out) = init($t->path('less'), typed => "\nhttps://mugs.test\n");
is $rc, 2, 'answers that end too early';
like $out, qr/--name: expected a name/, 'say what is missing';
for my $case ([site => 'https://mugs.test/shop', 'a site with a path'], [site => "https://x';rm", 'one with a quote'], [store => 'My Shop', 'a store of two words'],
              [platform => '../x', 'a platform that is a path'], [platform => 'none', 'one that nobody knows'], [redis => 'here', 'a Redis without a port'], [name => "a\"b", 'a name that breaks a text']) {
    ($rc) = init($t->path('wrong'), %said, $case->[0] => $case->[1], words => ['--yes']);
    is $rc, 2, "$case->[2] is refused";
}
ok !-e $t->path('wrong/shop.json'), 'and nothing written';

$t->stop;
done_testing;
