# long
# The module's package for nginx.org's nginx: built against the source of an nginx
# as they package it, refused by one that it does not fit, by apt under Debian's,
# and loaded. Their package is made here, of a source that ORDERSAVE_NGINX_SOURCE
# names, or of Debian's, with their options. Takes minutes, and root.

use strict;
use warnings;
use lib 't/lib';

use Cwd qw(abs_path);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use Test::More;
use OrderSave::Patience;
use OrderSave::Ports qw(free_port);
use OrderSave::Root;

plan skip_all => $_ for OrderSave::Root::lacks();

my $dir = tempdir('ordersave-nginx-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $root = OrderSave::Root->new;

# Debian's source of nginx, by a list of its own: this machine's names packages alone
sub debians {
    make_path("$dir/parts", "$dir/lists/partial");
    my ($sources) = grep { -f } '/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list';
    my $text = do { local (@ARGV, $/) = $sources; <> };
    $text =~ s/^Types: deb$/Types: deb-src/mg;
    $text =~ s/^deb /deb-src /mg;
    open my $list, '>', "$dir/parts/" . ($sources =~ /sources$/ ? 'src.sources' : 'src.list') or die $!;
    print {$list} $text;
    close $list;
    my $with = "-qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts=$dir/parts -o Dir::State::Lists=$dir/lists";
    $root->outside("apt-get $with update");
    # a mirror may lack the last one
    for my $version (scalar($root->outside("apt-cache $with showsrc nginx")) =~ /^Version: (\S+)$/mg) {
        my (undef, $rc) = $root->outside("cd $dir && apt-get $with source nginx=$version");
        my ($source) = grep { -d } glob "$dir/nginx-*";
        return $source if $rc == 0 && $source;
    }
    plan skip_all => 'no source of nginx: ORDERSAVE_NGINX_SOURCE names its folder';
}

my $source = $ENV{ORDERSAVE_NGINX_SOURCE} ? abs_path($ENV{ORDERSAVE_NGINX_SOURCE}) : debians();
delete $ENV{ORDERSAVE_NGINX_SOURCE};
my ($version) = do { local (@ARGV, $/) = "$source/src/core/nginx.h"; <> } =~ /^#define NGINX_VERSION +"(.*)"/m;

# nginx as nginx.org builds it, in a package that says what theirs says

my @theirs = (qw(--prefix=/etc/nginx --sbin-path=/usr/sbin/nginx --modules-path=/usr/lib/nginx/modules --conf-path=/etc/nginx/nginx.conf
    --error-log-path=/var/log/nginx/error.log --http-log-path=/var/log/nginx/access.log --pid-path=/run/nginx.pid --lock-path=/run/nginx.lock
    --http-client-body-temp-path=/var/cache/nginx/client_temp --http-proxy-temp-path=/var/cache/nginx/proxy_temp
    --http-fastcgi-temp-path=/var/cache/nginx/fastcgi_temp --http-uwsgi-temp-path=/var/cache/nginx/uwsgi_temp --http-scgi-temp-path=/var/cache/nginx/scgi_temp
    --user=nginx --group=nginx --with-compat --with-file-aio --with-threads --with-http_addition_module --with-http_auth_request_module
    --with-http_dav_module --with-http_flv_module --with-http_gunzip_module --with-http_gzip_static_module --with-http_mp4_module
    --with-http_random_index_module --with-http_realip_module --with-http_secure_link_module --with-http_slice_module --with-http_ssl_module
    --with-http_stub_status_module --with-http_sub_module --with-http_v2_module --with-mail --with-mail_ssl_module --with-stream
    --with-stream_realip_module --with-stream_ssl_module --with-stream_ssl_preread_module),
    "--with-cc-opt='-g -O2 -fstack-protector-strong -Wformat -Werror=format-security -Wp,-D_FORTIFY_SOURCE=2 -fPIC'",
    "--with-ld-opt='-Wl,-z,relro -Wl,-z,now -Wl,--as-needed -pie'");
my ($out, $rc) = $root->outside("cp -a $source $dir/tree && cd $dir/tree && ([ -x configure ] || ln -s auto/configure configure) && ./configure @theirs && make -s -j2");
is $rc, 0, "nginx $version, as nginx.org builds it" or die $out;
my $nginx = "$dir/tree/objs/nginx";

sub deb {
    my ($number, $provides) = @_;
    my $to = "$dir/deb-$number";
    make_path(map { "$to/$_" } qw(DEBIAN usr/sbin etc/nginx/conf.d usr/lib/nginx/modules var/log/nginx var/cache/nginx));
    symlink '/usr/lib/nginx/modules', "$to/etc/nginx/modules";
    system "cp $nginx $to/usr/sbin/nginx && cp $dir/tree/conf/mime.types $to/etc/nginx/";
    open my $conf, '>', "$to/etc/nginx/nginx.conf" or die $!;
    print {$conf} "user root;\nworker_processes 1;\nerror_log /var/log/nginx/error.log notice;\npid /run/nginx.pid;\nevents { worker_connections 64; }\nhttp { include /etc/nginx/conf.d/*.conf; }\n";
    close $conf;
    open my $control, '>', "$to/DEBIAN/control" or die $!;
    chomp(my $arch = `dpkg --print-architecture`);
    print {$control} "Package: nginx\nVersion: $number\nArchitecture: $arch\nMaintainer: nobody <nobody\@ordersave.invalid>\nDepends: libpcre2-8-0, libssl3, zlib1g, libcrypt1\n"
        . "Provides: httpd, nginx-r$provides\nConflicts: nginx-common, nginx-core\nDescription: nginx, as nginx.org packages it\n";
    close $control;
    my ($said, $bad) = $root->outside("dpkg-deb --root-owner-group -b $to $dir/nginx_${number}.deb");
    die $said if $bad;
    system "cp $dir/nginx_${number}.deb $root->{dir}/packages/";
    return "/packages/nginx_${number}.deb";
}

# one whose signature is another is refused before anything is packed

$ENV{ORDERSAVE_NGINX} = $nginx;
my $bytes = do { local (@ARGV, $/) = $nginx; <> };
$bytes =~ s/(8,4,8,0)([01])/$1 . (1 - $2)/e or die 'no signature';
open my $odd, '>', "$dir/odd" or die $!;
print {$odd} $bytes;
close $odd;
chmod 0755, "$dir/odd";
{
    local $ENV{ORDERSAVE_NGINX} = "$dir/odd";
    local $ENV{ORDERSAVE_BUILD} = "$dir/odd-build";
    ($out, $rc) = $root->outside("./build.sh package --nginx-source $source");
    isnt $rc, 0, 'an nginx with another signature';
    like $out, qr/build\.sh: the module does not fit \Q$dir\E\/odd: its signature is 8,4,8,\d+, and that of nginx 8,4,8,\d+: is that nginx built from this source/, 'is told of';
    is_deeply [glob "$dir/odd-build/packages/*.deb"], [], 'and nothing is packed';
}

$root->make;
my @debs = $root->packages(as => 'nginx.org', words => ['--nginx-source', $source]);
my ($module) = grep { m{/nginx-module-ordersave_\Q$version\E\+[\d.]+_} } @debs;
ok $module, 'the module, by the version of nginx and by its own' or diag "@debs";
ok +(grep { m{/ordersave_} } @debs), 'and all else';
my ($data) = grep { m{/ordersave-data_} } @debs;
ok $data, 'and what both read';
is `git -C $source status 2>/dev/null; ls $source/Makefile 2>/dev/null`, '', 'the source is as it was' if !$ENV{ORDERSAVE_NGINX_SOURCE};
my $theirs = deb("$version-1~bookworm", $version);
my $other = deb('1.99.0-1~bookworm', '1.99.0');

# apt has it for that nginx, and for no other

($out, $rc) = $root->inside('apt-get update -qq');
($out, $rc) = $root->inside("apt-get -y install --no-install-recommends $module $data");
isnt $rc, 0, "Debian's nginx is not enough";
like $out, qr/nginx-module-ordersave : Depends: nginx-r\Q$version\E/, 'apt names what it needs';
($out, $rc) = $root->apt(install => '--no-install-recommends', $other, $module, $data);
isnt $rc, 0, 'nor is another of nginx.org';
($out, $rc) = $root->apt(install => '--no-install-recommends', $theirs, @debs);
is $rc, 0, 'with theirs it is installed' or die $out;
like $out, qr/^    load_module modules\/ngx_http_ordersave_module\.so;$/m, 'and says what loads it';
($out, $rc) = $root->inside('nginx -t');
is $rc, 0, 'nginx is as before' or diag $out;

# as it says: the module is loaded, and answers

my $port = free_port();
$root->inside("sed -i '1i load_module modules/ngx_http_ordersave_module.so;' /etc/nginx/nginx.conf");
($out, $rc) = $root->inside('ordersavectl init --yes --site https://mugs.test --name Mugs --address Road --country FR --from a@mugs.test --support b@mugs.test');
is $rc, 0, 'init' or diag $out;
$root->write('/etc/nginx/conf.d/shop.conf', "include /etc/ordersave/nginx-http.conf;\nserver { listen 127.0.0.1:$port; include /etc/ordersave/nginx-server.conf; }\n");
($out, $rc) = $root->inside('nginx -t');
is $rc, 0, 'nginx takes the module, and the lines of init' or diag $out;
$root->start('nginx', [], 'nginx', '-g', 'daemon off;');
my $page;
await(sub { ($page) = $root->outside("curl -s http://127.0.0.1:$port/ordersave/track"); $page =~ /<form/ });
like $page, qr/name="ordersave_number"/, 'and shows a page of ours';
is $root->stop('nginx', 'QUIT'), 1, 'it stops';

# another nginx takes the place of theirs: apt takes the module away, or nothing changes

($out, $rc) = $root->apt(install => '--no-remove', $other);
isnt $rc, 0, 'nginx is not upgraded past the module';
($out, $rc) = $root->apt('remove', 'nginx-module-ordersave');
is $rc, 0, 'removed' or diag $out;
like $out, qr{take "load_module .*ngx_http_ordersave_module\.so" out of /etc/nginx/nginx\.conf}, 'it says what must go from the configuration';

done_testing;
