# build.sh package --nginx-source refuses a source that does not fit, and says
# why, before it builds anything.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/..');
my $dir = tempdir(CLEANUP => 1);
local $ENV{ORDERSAVE_BUILD} = "$dir/build";

sub put {
    my ($name, $text, $mode) = @_;
    make_path(dirname("$dir/$name"));
    open my $fh, '>', "$dir/$name" or die "$name: $!";
    print {$fh} $text;
    close $fh;
    chmod $mode, "$dir/$name" if $mode;
    return "$dir/$name";
}

# an nginx that says what it is, as nginx.org's does
sub nginx {
    my ($version, $prefix) = @_;
    return put('nginx', <<"SH", 0755);
#!/bin/sh
[ "\$1" = -v ] && exec echo "nginx version: nginx/$version" >&2
echo "nginx version: nginx/$version
configure arguments: --prefix=$prefix --with-compat --with-cc-opt='-g -O2'" >&2
SH
}

sub refused {
    my ($words) = @_;
    my $said = `cd '$root' && ./build.sh package --nginx-source $words 2>&1 </dev/null`;
    is $? >> 8, 2, "package --nginx-source $words: refused";
    return (split /\n/, $said)[-1];
}

local $ENV{ORDERSAVE_NGINX} = nginx('1.26.1', '/etc/nginx');

is refused(''), 'build.sh: --nginx-source takes a folder', 'it says that one is missing';
is refused("$dir/none"), "build.sh: there is no folder $dir/none", 'that it is not there';
is refused("$dir foo"), 'build.sh: package does not know foo', 'a word too many';
make_path("$dir/empty");
is refused("$dir/empty"), "build.sh: $dir/empty holds no nginx source: unpack nginx-VERSION.tar.gz there", 'what should be there';
put('source/configure', "#!/bin/sh\n", 0755);
is refused("$dir/source"), "build.sh: $dir/source holds no nginx source: unpack nginx-VERSION.tar.gz there", 'something else that is configured';
put('source/src/core/nginx.h', "#define nginx_version      1026002\n#define NGINX_VERSION      \"1.26.2\"\n#define NGINX_VER          \"nginx/\" NGINX_VERSION\n");
is refused("$dir/source"), "build.sh: $dir/source holds headers of nginx alone: unpack nginx-VERSION.tar.gz", 'what nginx-dev has';
put('source/src/core/nginx.c', '');
is refused("$dir/source"), "build.sh: $dir/nginx is nginx 1.26.1, and $dir/source holds the source of 1.26.2: take the source of 1.26.1", 'another version than the one that is installed';

ok !-e "$dir/build", 'nothing was built';
done_testing;
